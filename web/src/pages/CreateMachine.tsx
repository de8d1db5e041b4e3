// A new state machine: from an example or from pasted text, checked by the server's own validator while typing.

import { useEffect, useState } from "react";
import { states } from "../aws/client";
import type { Machine, MachineKind } from "../aws/types";
import { Code } from "../code/Code";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { Icon } from "../ui/Icon";
import { Dialog, toast, useAction } from "../ui/parts";
import { EXAMPLES } from "./examples";

interface Diagnostic {
  severity: "ERROR" | "WARNING";
  code: string;
  message: string;
  location?: string;
}

const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;

/** `copy` is a machine that the new one begins as. */
export function CreateMachine({ copy, onClose }: { copy?: string | undefined; onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<MachineKind>("STANDARD");
  const [text, setText] = useState(EXAMPLES[0]!.text);
  const [problems, setProblems] = useState<Diagnostic[]>([]);
  const { account } = place.get();

  useEffect(() => {
    if (!copy) return;
    const read = states<Machine>("DescribeStateMachine", { stateMachineArn: copy });
    read.then((old) => { setName(`${old.name}-copy`.slice(0, 80)); setKind(old.type); setText(old.definition); }, (problem: Error) => toast(problem.message, true));
  }, [copy]);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      states<{ diagnostics: Diagnostic[] }>("ValidateStateMachineDefinition", { definition: text || " ", type: kind, severity: "WARNING" }, abort.signal).then(
        ({ diagnostics }) => setProblems(diagnostics),
        () => undefined,
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, kind]);

  const [create, busy] = useAction(async () => {
    const made = await states<{ stateMachineArn: string }>("CreateStateMachine", { name, type: kind, definition: text, roleArn: `arn:aws:iam::${account}:role/console` });
    toast(`Created ${name}`);
    onClose();
    go(href(["machines", made.stateMachineArn]));
  });
  const misnamed = name !== "" && !NAME.test(name);
  const errors = problems.filter(({ severity }) => severity === "ERROR");
  return (
    <Dialog
      title="Create state machine"
      onClose={onClose}
      foot={
        <>
          <span className="grow hint">{errors.length ? "" : "The definition is valid."}</span>
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" className="btn primary" disabled={busy || !name || misnamed || errors.length > 0} onClick={create}><Icon name="plus" />Create</button>
        </>
      }
    >
      <div className="row" style={{ alignItems: "flex-end", gap: 14 }}>
        <div className="field grow">
          <label htmlFor="new-name">Name</label>
          <input id="new-name" className="input" data-autofocus value={name} onChange={(event) => setName(event.target.value)} aria-invalid={misnamed} placeholder="order-fulfilment" />
        </div>
        <div className="field">
          <label htmlFor="new-kind">Type</label>
          <select id="new-kind" className="input" value={kind} onChange={(event) => setKind(event.target.value as MachineKind)}>
            <option value="STANDARD">Standard</option>
            <option value="EXPRESS">Express</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="new-example">Start from</label>
          <select id="new-example" className="input" onChange={(event) => setText(EXAMPLES[Number(event.target.value)]!.text)}>
            {EXAMPLES.map((example, index) => <option key={example.name} value={index}>{example.name}</option>)}
          </select>
        </div>
      </div>
      {misnamed && <p className="wrong">At most 80 letters, digits, - and _.</p>}
      <div className="field">
        <span className="label">Definition (Amazon States Language)</span>
        <Code text={text} label="Definition" height={320} onChange={setText} />
      </div>
      {problems.length > 0 && (
        <ul className="stack" style={{ gap: 4 }} aria-live="polite">
          {problems.slice(0, 6).map((problem, index) => (
            <li key={index} className={problem.severity === "ERROR" ? "wrong" : "hint"}>
              <strong>{problem.code}</strong> {problem.message} {problem.location && <code>{problem.location}</code>}
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
