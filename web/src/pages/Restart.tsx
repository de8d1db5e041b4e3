// A new execution of the same definition that begins at one of its states, with another input. Not part of AWS's API.

import { useEffect, useState } from "react";
import { restart } from "../aws/looking";
import { Code } from "../code/Code";
import type { Step } from "../history/fold";
import { go, href } from "../lib/route";
import { bytes, size } from "../lib/format";
import { pretty, readJson } from "../lib/json";
import { Icon } from "../ui/Icon";
import { Bones, Dialog, toast, useAction } from "../ui/parts";
import { useFlow } from "./StepFlow";

const MOST = 256 * 1024;

export function Restart({ arn, step, onClose }: { arn: string; step: Step; onClose: () => void }) {
  const flow = useFlow(arn, step, null).data;
  const [input, setInput] = useState<string | null>(null);
  const [variables, setVariables] = useState("{}");
  useEffect(() => {
    if (!flow || input !== null) return;
    setInput(pretty(flow.stages[0]!.text));
    setVariables(pretty(`{${Object.entries(flow.variables).map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`));
  }, [flow, input]);
  const [send, busy] = useAction(async () => {
    const made = await restart({ execution: arn, state: step.name, event: step.id, input: input!, variables });
    toast(`Restarted from ${step.name}`);
    onClose();
    go(href(["executions", made.executionArn]));
  });
  const wrong = input === null ? "…" : problem("Input", input) ?? problem("Variables", variables);
  return (
    <Dialog title={`Restart from ${step.name}`} onClose={onClose} foot={<><span className={`grow ${wrong ? "wrong" : "faint"}`} role="status">{wrong ?? `Valid JSON · ${size(bytes(input ?? ""))} of 256 KiB`}</span><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" onClick={send} disabled={busy || wrong !== null}><Icon name="play" size={13} />Start</button></>}>
      <p className="soft">A new execution of the definition as it was in this run begins at {step.name}. Its context keeps the old execution's input. This is treadle's own: AWS has nothing like it.</p>
      {input === null ? <Bones rows={4} /> : (
        <>
          <div className="field"><span className="soft">Input of the state</span><Code text={input} label="Input of the state" height={220} onChange={setInput} /></div>
          <div className="field"><span className="soft">Variables</span><Code text={variables} label="Variables" height={110} onChange={setVariables} /></div>
        </>
      )}
    </Dialog>
  );
}

function problem(what: string, text: string): string | null {
  const read = readJson(text);
  if (read.problem !== undefined) return `${what}: ${read.problem}`;
  return bytes(text) > MOST ? `${what}: longer than 256 KiB` : null;
}

/** Only states of the top level can be restarted from: what runs beside an inner one cannot be made up. */
export function outermost(step: Step): Step {
  return step.parent ? outermost(step.parent) : step;
}
