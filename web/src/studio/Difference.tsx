// Two definitions compared: which states are new, gone, changed, and the text line by line.

import { useMemo } from "react";
import { compareLines, compareStates, type Line } from "../asl/difference";
import { placeOfState } from "../asl/edits";
import { plural } from "../lib/format";
import { Icon } from "../ui/Icon";

/** Equal lines shown around a change. */
const AROUND = 3;

export function Difference({ before, after, onSelect }: { before: string; after: string; onSelect?: (pointer: string) => void }) {
  const states = useMemo(() => compareStates(before, after), [before, after]);
  const lines = useMemo(() => condense(compareLines(before, after)), [before, after]);
  const chips = (pointers: string[], tone: string, icon: string, word: string) =>
    pointers.map((pointer) => {
      const { name } = placeOfState(pointer);
      const inside = <><Icon name={icon} size={12} label={word} />{name}</>;
      return !onSelect || word === "Removed" ? <span key={pointer} className={`status tone-${tone}`}>{inside}</span> : <button key={pointer} type="button" className={`status tone-${tone}`} onClick={() => onSelect(pointer)}>{inside}</button>;
    });
  const total = states.added.length + states.removed.length + states.changed.length;
  return (
    <div className="difference">
      <div className="row wrap" style={{ padding: "10px 14px" }} role="status">
        <span className="soft">{before === after ? "No difference" : total ? plural(total, "state differs", "states differ") : "Only the text differs"}</span>
        {chips(states.added, "ok", "plus", "Added")}
        {chips(states.changed, "warn", "retry", "Changed")}
        {chips(states.removed, "bad", "minus", "Removed")}
      </div>
      <div className="diff" tabIndex={0} role="region" aria-label="Difference of the texts">
        {lines.map((line, index) =>
          line === null ? <div key={index} className="diff-gap" aria-hidden>⋯</div> : (
            <div key={index} className={`diff-line ${line.kind}`}>
              <span className="num" aria-hidden>{line.old ?? ""}</span>
              <span className="num" aria-hidden>{line.now ?? ""}</span>
              <i aria-label={line.kind === "added" ? "added" : line.kind === "removed" ? "removed" : undefined} role={line.kind === "same" ? undefined : "img"}>{line.kind === "added" ? "+" : line.kind === "removed" ? "−" : ""}</i>
              <code>{line.text || " "}</code>
            </div>
          ),
        )}
      </div>
    </div>
  );
}

/** Leaves out what is far from any change; null stands for a gap. */
function condense(lines: Line[]): (Line | null)[] {
  const near = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind !== "same") for (let at = index - AROUND; at <= index + AROUND; at += 1) near.add(at);
  });
  const found: (Line | null)[] = [];
  lines.forEach((line, index) => {
    if (near.has(index)) found.push(line);
    else if (found.at(-1) !== null) found.push(null);
  });
  return found;
}
