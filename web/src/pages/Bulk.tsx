// Many executions stopped or redriven at once: the number to confirm, progress while it goes on, refusals told one by one.

import { useRef, useState } from "react";
import { Failure, states } from "../aws/client";
import type { FoundExecution } from "../aws/ledgers";
import { plural } from "../lib/format";
import { Dialog, toast } from "../ui/parts";

export type Deed = "stop" | "redrive";

const AT_ONCE = 6;
/** From so many on, the number must be typed. */
const MANY = 10;
const WORDS = { stop: { title: "Stop", operation: "StopExecution", done: "Stopped" }, redrive: { title: "Redrive", operation: "RedriveExecution", done: "Redriven" } };

export function Bulk({ deed, runs, onClose }: { deed: Deed; runs: FoundExecution[]; onClose: (done: boolean) => void }) {
  const { title, operation, done: word } = WORDS[deed];
  // What was selected when the dialog opened: executions that end meanwhile must not change the number.
  const chosen = useRef(runs).current;
  const [typed, setTyped] = useState("");
  const [progress, setProgress] = useState<number | null>(null);
  const [refused, setRefused] = useState<string[]>([]);
  const confirmed = chosen.length < MANY || typed === String(chosen.length);

  const act = async () => {
    const waiting = [...chosen];
    const problems: string[] = [];
    let ended = 0;
    setProgress(0);
    const worker = async () => {
      for (let run = waiting.shift(); run; run = waiting.shift()) {
        try {
          await states(operation, { executionArn: run.executionArn });
        } catch (error) {
          problems.push(`${run.name}: ${error instanceof Failure ? error.message : String(error)}`);
        }
        setProgress(++ended);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    setRefused(problems);
    if (chosen.length > problems.length) toast(`${word} ${plural(chosen.length - problems.length, "execution")}`);
    if (!problems.length) onClose(true);
  };
  const busy = progress !== null && progress < chosen.length;
  return (
    <Dialog
      narrow
      title={`${title} ${plural(chosen.length, "execution")}?`}
      onClose={() => !busy && onClose(progress !== null)}
      foot={
        <>
          <span className="grow hint num" role="status">{busy ? `${progress} of ${chosen.length}` : ""}</span>
          <button type="button" className="btn" disabled={busy} onClick={() => onClose(progress !== null)}>{progress === null ? "Cancel" : "Close"}</button>
          {progress === null && <button type="button" className={`btn primary ${deed === "stop" ? "danger" : ""}`} disabled={!confirmed} onClick={() => void act()}>{title}</button>}
        </>
      }
    >
      <p>{deed === "stop" ? "What runs is aborted at once. Stopped executions can be redriven." : "Each goes on from the state in which it failed."} {chosen.length < 4 && chosen.map(({ name }) => name).join(", ")}</p>
      {chosen.length >= MANY && progress === null && (
        <div className="field">
          <label htmlFor="bulk-count">Type <strong>{chosen.length}</strong> to confirm</label>
          <input id="bulk-count" className="input" data-autofocus inputMode="numeric" value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
        </div>
      )}
      {refused.length > 0 && <div className="stack" role="alert" style={{ gap: 4 }}><strong>{plural(refused.length, "execution was", "executions were")} refused:</strong><ul className="stack" style={{ gap: 4 }}>{refused.slice(0, 20).map((text) => <li key={text} className="wrong break">{text}</li>)}</ul></div>}
    </Dialog>
  );
}
