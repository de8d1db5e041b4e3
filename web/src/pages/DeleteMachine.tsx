import { useState } from "react";
import { ask, states } from "../aws/client";
import type { Runs } from "../aws/types";
import { useData } from "../lib/data";
import { plural } from "../lib/format";
import { Dialog, toast, useAction } from "../ui/parts";

/** A machine goes when its name has been typed. */
export function DeleteMachine({ arn, onClose, onDone }: { arn: string; onClose: () => void; onDone: () => void }) {
  const name = arn.split(":")[6] ?? arn;
  const [typed, setTyped] = useState("");
  const runs = useData(`deleting ${arn}`, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: [arn], recent: 0 }, signal));
  const running = runs.data?.machines[arn]?.counts.RUNNING ?? 0;
  const [remove, busy] = useAction(async () => {
    await states("DeleteStateMachine", { stateMachineArn: arn });
    toast(`Deleted ${name}`);
    onClose();
    onDone();
  });
  return (
    <Dialog
      narrow
      title={`Delete ${name}?`}
      onClose={onClose}
      foot={<><span className="grow" /><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn danger primary" disabled={typed !== name || busy} onClick={remove}>Delete</button></>}
    >
      <p>The state machine, its versions and aliases are removed.{running > 0 && ` ${plural(running, "running execution")} will be stopped.`} This cannot be undone.</p>
      <div className="field">
        <label htmlFor="confirm">Type <strong>{name}</strong> to confirm</label>
        <input id="confirm" className="input" data-autofocus value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
      </div>
    </Dialog>
  );
}
