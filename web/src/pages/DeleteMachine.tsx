// State machines go when the name of the one, or the number of the many, has been typed.

import { useEffect, useRef, useState } from "react";
import { ask, Failure, states } from "../aws/client";
import type { Runs } from "../aws/types";
import { useData } from "../lib/data";
import { count, plural } from "../lib/format";
import { Icon } from "../ui/Icon";
import { Dialog, toast } from "../ui/parts";

/** Machines whose executions are counted in one question. */
const AT_ONCE = 200;

export function DeleteMachine({ arns, onClose, onDone }: { arns: readonly string[]; onClose: () => void; onDone: () => void }) {
  // What was meant when the dialog opened.
  const chosen = useRef(arns).current;
  const [first = ""] = chosen;
  const name = first.split(":")[6] ?? first;
  const many = chosen.length > 1;
  const word = many ? String(chosen.length) : name;
  const what = many ? `${count(chosen.length)} state machines` : name;
  const [typed, setTyped] = useState("");
  const [gone, setGone] = useState<number | null>(null);
  const [refused, setRefused] = useState<string[]>([]);
  const halted = useRef(false);
  useEffect(() => () => { halted.current = true; }, []);
  const runs = useData(`deleting ${chosen.join()}`, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: chosen.slice(0, AT_ONCE), recent: 0 }, signal));
  const running = Object.values(runs.data?.machines ?? {}).reduce((all, { counts }) => all + counts.RUNNING, 0);
  const busy = gone !== null && gone + refused.length < chosen.length && !halted.current;

  const remove = async () => {
    const problems: string[] = [];
    let done = 0;
    setGone(0);
    for (const arn of chosen) {
      if (halted.current) break;
      try {
        await states("DeleteStateMachine", { stateMachineArn: arn });
        setGone(++done);
      } catch (error) {
        problems.push(`${arn.split(":")[6]}: ${error instanceof Error ? error.message : String(error)}`);
        setRefused([...problems]);
        if (error instanceof Failure && error.offline) halted.current = true;
      }
    }
    if (done) toast(`Deleted ${done === 1 && !many ? name : plural(done, "state machine")}`);
    if (done === chosen.length) onClose();
    if (done) onDone();
  };
  return (
    <Dialog
      narrow
      title={`Delete ${what}?`}
      onClose={() => !busy && onClose()}
      foot={
        <>
          <span className="grow hint num" role="status">{many && gone !== null ? `${gone} of ${chosen.length}` : ""}</span>
          {busy && many ? <button type="button" className="btn" onClick={() => { halted.current = true; }}><Icon name="stop" size={12} />Halt</button> : <button type="button" className="btn" onClick={onClose}>{gone === null ? "Cancel" : "Close"}</button>}
          {gone === null && <button type="button" className="btn danger primary" disabled={typed !== word} onClick={() => void remove()}>Delete{many && ` ${chosen.length}`}</button>}
        </>
      }
    >
      <p>{many ? "The state machines, their" : "The state machine, its"} versions and aliases are removed.{running > 0 && ` ${plural(running, "running execution")} will be stopped.`} This cannot be undone.</p>
      {many && <p className="soft break">{chosen.slice(0, 6).map((arn) => arn.split(":")[6]).join(", ")}{chosen.length > 6 && ` and ${chosen.length - 6} more`}</p>}
      {gone === null && (
        <div className="field">
          <label htmlFor="confirm">Type <strong>{word}</strong> to confirm</label>
          <input id="confirm" className="input" data-autofocus value={typed} onChange={(event) => setTyped(event.target.value)} onKeyDown={(event) => event.key === "Enter" && typed === word && void remove()} autoComplete="off" spellCheck={false} />
        </div>
      )}
      {refused.length > 0 && <ul className="stack" role="alert" style={{ gap: 4 }}>{refused.slice(0, 20).map((text) => <li key={text} className="wrong break">{text}</li>)}</ul>}
    </Dialog>
  );
}
