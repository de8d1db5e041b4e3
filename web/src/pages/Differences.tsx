import { useMemo } from "react";
import { differences } from "../history/diff";
import { plural } from "../lib/format";
import { readJson, type Json } from "../lib/json";

const SHORT = 200;
const WORDS = { added: "Added", removed: "Removed", changed: "Changed" } as const;

/** Two payloads, and what differs between them; words and signs as well as colours. */
export function Differences({ before, after, label }: { before: string | undefined; after: string | undefined; label: string }) {
  const found = useMemo(() => differences(value(before), value(after)), [before, after]);
  return (
    <section className="json-card" aria-label={label}>
      <header><h3>{label}</h3><span className="grow" /><span className="faint num">{plural(found.length, "difference")}</span></header>
      <div tabIndex={0} role="region" aria-label={`${label}, list`}>
        {found.length === 0 ? <span className="faint">Both are the same.</span> : (
          <ul className="diffs">
            {found.map((each) => (
              <li key={each.path} className={each.kind}>
                <span className="sign" aria-hidden>{each.kind === "added" ? "+" : each.kind === "removed" ? "−" : "~"}</span>
                <span className="sr">{WORDS[each.kind]}</span>
                <code className="k">{each.path}</code>
                {each.kind !== "added" && <del>{short(each.before!)}</del>}
                {each.kind !== "removed" && <ins>{short(each.after!)}</ins>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function value(text: string | undefined): Json {
  if (text === undefined) return null;
  const read = readJson(text);
  return read.problem === undefined ? read.value : text;
}

function short(each: Json): string {
  const text = JSON.stringify(each);
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}
