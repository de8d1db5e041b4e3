// Another query language for the workflow or one state: what changes, what cannot be said in it, and whether both do the
// same. One step to undo.

import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { placeOfState, setQueryLanguage } from "../asl/edits";
import { isPlain, toJsonata, writtenInJsonata, type Conversion, type Issue } from "../asl/languages";
import { ask, Failure } from "../aws/client";
import { plural } from "../lib/format";
import { Icon } from "../ui/Icon";
import { Bones, Dialog } from "../ui/parts";
import { SelectInput } from "./Form";
import { stateOf } from "./looking";

const Difference = lazy(() => import("./Difference").then(({ Difference: found }) => ({ default: found })));

type Language = "JSONPath" | "JSONata";

interface Props {
  text: string;
  /** A state, or "" for the workflow. */
  pointer: string;
  /** What is written there; null: nothing, so that the workflow's counts. */
  own: Language | null;
  /** What counts for it now. */
  current: Language;
  write: (text: string) => void;
}

export function LanguageInput({ text, pointer, own, current, write }: Props) {
  const [wanted, setWanted] = useState<Language | null | undefined>(undefined);
  const workflow = pointer === "";
  const choose = (chosen: Language | null) => {
    const becomes = chosen ?? (workflow ? "JSONPath" : own === "JSONata" ? "JSONPath" : current);
    if (becomes === current || (becomes === "JSONPath" && !writtenInJsonata(text, pointer).length)) return write(setQueryLanguage(text, pointer, chosen));
    setWanted(chosen);
  };
  const close = () => setWanted(undefined);
  const take = (changed: string) => {
    close();
    write(changed);
  };
  return (
    <>
      <SelectInput
        at={`${pointer}/QueryLanguage`}
        label={workflow ? "Query language" : "Query language of this state"}
        value={workflow ? current : (own ?? "")}
        none={workflow ? null : "As the workflow (JSONPath)"}
        options={workflow ? ["JSONPath", "JSONata"] : ["JSONata"]}
        onChange={(chosen) => choose((chosen || null) as Language | null)}
      />
      {wanted === "JSONata" && <ToJsonata {...{ text, pointer }} onTake={take} onClose={close} />}
      {(wanted === null || wanted === "JSONPath") && <ToJsonPath {...{ text, pointer }} onTake={() => take(setQueryLanguage(text, pointer, workflow ? wanted : null))} onClose={close} />}
    </>
  );
}

interface DialogProps {
  text: string;
  pointer: string;
  onTake: (text: string) => void;
  onClose: () => void;
}

function ToJsonata({ text, pointer, onTake, onClose }: DialogProps) {
  const [found, setFound] = useState<Conversion | Failure | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    toJsonata(text, pointer, abort.signal).then(
      (made) => {
        if (abort.signal.aborted) return;
        // Nothing was written in the old language: there is nothing to look at.
        if (made.text !== null && isPlain(text, pointer, made.text)) onTake(made.text);
        else setFound(made);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setFound(error instanceof Failure ? error : new Failure("Error", String(error), 500));
      },
    );
    return () => abort.abort();
  }, []); // eslint-disable-line -- the dialog is about the text it was opened for
  const made = found instanceof Failure ? null : found;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (made?.text) button.current?.focus();
  }, [made?.text]);
  const name = pointer ? placeOfState(pointer).name : "the workflow";
  return (
    <Dialog
      title={`Convert ${name} to JSONata`}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="btn quiet" onClick={() => onTake(setQueryLanguage(text, pointer, "JSONata"))} title="Every path has to be rewritten by hand then">Only set the language</button>
          <span className="grow" />
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" ref={button} className="btn primary" disabled={!made?.text} onClick={() => made?.text && onTake(made.text)}>{pointer === "" && made?.issues.length && made.text ? `Convert ${plural(made.states, "state")}` : "Convert"}</button>
        </>
      }
    >
      {found === null ? <Bones rows={5} /> : found instanceof Failure ? (
        <p className="note error"><Icon name="alert" size={13} /><span className="break">{found.message}</span></p>
      ) : (
        <div className="stack" style={{ gap: 14 }}>
          <Verdict made={found} before={text} workflow={pointer === ""} />
          <Issues title={pointer ? "This has no exact counterpart in JSONata" : "No exact counterpart in JSONata: these states stay in JSONPath"} issues={found.issues} />
          <Notes notes={found.notes} />
          {found.text !== null && <section className="card" aria-label="What changes"><Suspense fallback={<Bones />}><Difference before={text} after={found.text} /></Suspense></section>}
        </div>
      )}
    </Dialog>
  );
}

interface Trials {
  runs: number;
  same: number;
  states: string[];
  differences: { run: string; what: string | null; state: string | null; changes: { pointer: string; before: string; after: string }[] }[];
}

/** How much is converted, and whether the test kit finds both to do the same. */
function Verdict({ made, before, workflow }: { made: Conversion; before: string; workflow: boolean }) {
  const [tried, setTried] = useState<Trials | null | "none">(null);
  useEffect(() => {
    if (made.text === null) return;
    const abort = new AbortController();
    ask<Trials>("try", { before, after: made.text }, abort.signal).then((trials) => !abort.signal.aborted && setTried(trials), () => !abort.signal.aborted && setTried("none"));
    return () => abort.abort();
  }, [made.text]); // eslint-disable-line
  return (
    <div className="row wrap" role="status" style={{ gap: 10 }}>
      <strong>{made.text === null ? "Nothing can be converted" : workflow ? `${plural(made.states, "state")} can be converted${made.kept.length ? `, ${made.kept.length} cannot` : ""}` : "The state can be converted"}</strong>
      {made.text !== null && (tried === null ? <span className="soft row"><Icon name="spinner" size={13} spin />Trying it on made up inputs</span> : tried !== "none" && tried.runs > 0 ? (
        <span className={`status tone-${tried.same === tried.runs ? "ok" : made.notes.length ? "warn" : "bad"}`} title={`Through ${tried.states.join(", ")}`}><Icon name={tried.same === tried.runs ? "check" : "alert"} size={13} />{tried.same} of {tried.runs} runs on made up inputs came out the same</span>
      ) : <span className="faint">No input could be made up to try it on; <code>treadle convert --input</code> takes yours</span>)}
      {tried !== null && tried !== "none" && tried.differences.length > 0 && (
        <details style={{ flexBasis: "100%" }}>
          <summary>Where runs differ{made.notes.length > 0 && ": data may be made up that never comes, see what is taken for granted"}</summary>
          <ul className="stack" style={{ gap: 6, paddingTop: 8 }}>
            {tried.differences.map((difference) => (
              <li key={difference.run} className="break soft">On {difference.run} the {difference.what} of {difference.state ?? "the execution"} differs:{difference.changes.map((change) => <code key={change.pointer}> {change.pointer || "/"} {change.before} → {change.after}</code>)}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Issues({ title, issues }: { title: string; issues: readonly Issue[] }) {
  if (!issues.length) return null;
  return (
    <section className="stack" style={{ gap: 6 }} aria-label={title}>
      <h3>{title}</h3>
      <ul className="stack" style={{ gap: 4 }}>
        {issues.map((issue, index) => {
          const [state, field] = placeOfIssue(issue);
          return <li key={index} className="note warning"><Icon name="alert" size={13} /><span className="break"><strong>{state}</strong> <code>{field}</code> {issue.message}</span></li>;
        })}
      </ul>
    </section>
  );
}

/** One line per field, with everything that is assumed there. */
function Notes({ notes }: { notes: readonly Issue[] }) {
  if (!notes.length) return null;
  const places = new Map<string, Issue[]>();
  for (const note of notes) places.set(note.pointer, [...(places.get(note.pointer) ?? []), note]);
  return (
    <details>
      <summary>Taken for granted in {plural(places.size, "field")}</summary>
      <ul className="stack" style={{ gap: 6, paddingTop: 8 }}>
        {[...places.values()].map((own) => {
          const [state, field] = placeOfIssue(own[0]!);
          return <li key={own[0]!.pointer} className="soft break"><strong>{state}</strong> <code>{field}</code> {own.map(({ message }) => message).join("; ")}</li>;
        })}
      </ul>
    </details>
  );
}

function placeOfIssue({ pointer }: Issue): [string, string] {
  const state = stateOf(pointer);
  return [state ? placeOfState(state).name : "Workflow", pointer.slice((state ?? "").length + 1)];
}

function ToJsonPath({ text, pointer, onTake, onClose }: { text: string; pointer: string; onTake: () => void; onClose: () => void }) {
  const fields = writtenInJsonata(text, pointer);
  return (
    <Dialog
      title="JSONata to JSONPath"
      onClose={onClose}
      foot={
        <>
          <span className="grow" />
          <button type="button" className="btn" data-autofocus onClick={onClose}>Keep JSONata</button>
          <button type="button" className="btn" onClick={onTake}>Set JSONPath, rewrite by hand</button>
        </>
      }
    >
      <div className="stack" style={{ gap: 12 }}>
        <p>This direction is not converted: JSONata can say more than paths and intrinsic functions. {plural(fields.length, "field")} would have to be rewritten:</p>
        <div className="card"><table className="table">
          <thead><tr><th>State</th><th>Field</th><th>Now</th></tr></thead>
          <tbody>{fields.map((each) => <tr key={`${each.pointer} ${each.field}`}><td className="name break">{each.state}</td><td><code>{each.field}</code></td><td><code className="break">{each.shown.length > 160 ? `${each.shown.slice(0, 160)}…` : each.shown}</code></td></tr>)}</tbody>
        </table></div>
      </div>
    </Dialog>
  );
}
