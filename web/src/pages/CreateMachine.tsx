// A new state machine: blank, from an example, pasted or from a file (JSON, YAML, Terraform, SAM); checked by the server while typing.

import { useEffect, useState } from "react";
import { states } from "../aws/client";
import type { Machine, MachineKind } from "../aws/types";
import { applyFix } from "../asl/problems";
import { Code } from "../code/Code";
import { Graph } from "../graph/Graph";
import { useData } from "../lib/data";
import { plural } from "../lib/format";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { FileButton, nameOfFile, takeDefinitions, type Taken, useDrop } from "../studio/files";
import { useMarks, usePicture, useProblems } from "../studio/looking";
import { Problems } from "../studio/Problems";
import { Icon } from "../ui/Icon";
import { Dialog, Empty, toast, useAction } from "../ui/parts";
import { createExample } from "./CreateFunction";
import { EXAMPLES, FUNCTION } from "./examples";
import { listFunctions } from "./functions-data";

const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;
const NONE: readonly string[] = [];

interface Props {
  /** A machine that the new one begins as. */
  copy?: string | undefined;
  /** The id of an example to begin with. */
  example?: string | undefined;
  /** Names that exist. */
  taken: readonly string[];
  onClose: () => void;
}

export function CreateMachine({ copy, example, taken, onClose }: Props) {
  const first = EXAMPLES.find(({ id }) => example && id === example) ?? EXAMPLES[0]!;
  const [name, setName] = useState(example && !copy ? free(first.id, taken) : "");
  const [kind, setKind] = useState<MachineKind>("STANDARD");
  const [text, setText] = useState(first.text);
  const where = place.get();
  const functions = useData(`functions ${where.account}/${where.region}`, listFunctions);
  // An example calls a function that exists, if there is any.
  const callee = functions.data && !functions.data.some(({ FunctionName }) => FunctionName === FUNCTION) ? functions.data[0]?.FunctionName : undefined;
  const calls = text.includes(`"${FUNCTION}"`) && functions.data !== undefined && !functions.data.some(({ FunctionName }) => FunctionName === FUNCTION);
  const [companion, setCompanion] = useState(true);
  const begin = (chosen: (typeof EXAMPLES)[number]) => {
    setText(callee ? chosen.text.replaceAll(FUNCTION, callee) : chosen.text);
    setSelected(null);
    if (chosen.id && (name === "" || EXAMPLES.some(({ id }) => id && free(id, taken) === name))) setName(free(chosen.id, taken));
  };
  const [selected, setSelected] = useState<string | null>(null);
  const picture = usePicture(text, NONE);
  const { problems, fresh } = useProblems(text, kind);
  const marks = useMarks(problems);
  // A file may have several.
  const [others, setOthers] = useState<Taken[]>([]);

  useEffect(() => {
    if (!copy) return;
    const read = states<Machine>("DescribeStateMachine", { stateMachineArn: copy });
    read.then((old) => { setName(`${old.name}-copy`.slice(0, 80)); setKind(old.type); setText(old.definition); }, (problem: Error) => toast(problem.message, true));
  }, [copy]);
  const [create, busy] = useAction(async (studio: boolean) => {
    if (calls && companion) await createExample(FUNCTION);
    const made = await states<{ stateMachineArn: string }>("CreateStateMachine", { name, type: kind, definition: text, roleArn: `arn:aws:iam::${where.account}:role/console` });
    toast(`Created ${name}${calls && companion ? ` and the function ${FUNCTION}` : ""}`);
    onClose();
    go(href(studio ? ["machines", made.stateMachineArn, "edit"] : ["machines", made.stateMachineArn]));
  });
  const beginFrom = ({ title, text: found, type }: Taken, file: string) => {
    setText(found);
    setSelected(null);
    setName((old) => old || nameOfFile(title.split(".").pop() || file));
    if (type) setKind(type);
  };
  const take = async (file: File) => {
    const found = await takeDefinitions(file.name, await file.text());
    setOthers(found.length > 1 ? found : []);
    beginFrom(found[0]!, file.name);
  };
  const open = (file: File) => void take(file).catch((problem: Error) => toast(`${file.name}: ${problem.message}`, true));
  const drop = useDrop(open);
  const misnamed = name !== "" && !NAME.test(name);
  const known = taken.includes(name);
  const errors = problems.filter(({ severity }) => severity === "error");
  const ready = !busy && name !== "" && !misnamed && !known && errors.length === 0 && fresh;
  return (
    <Dialog
      title="Create state machine"
      onClose={onClose}
      foot={
        <>
          <span className="grow hint" role="status">{errors.length ? `${plural(errors.length, "problem")} to solve first` : misnamed || known ? "This name does not fit." : !name ? "A name is missing." : "The definition is valid."}</span>
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" className="btn" disabled={!ready} onClick={() => create(true)}><Icon name="graph" size={14} />Create and design</button>
          <button type="button" className="btn primary" disabled={!ready} onClick={() => create(false)}><Icon name="plus" />Create</button>
        </>
      }
    >
      <div className="drop" {...drop.props}>
        <div className="row wrap" style={{ alignItems: "flex-end", gap: 14 }}>
          <div className="field grow">
            <label htmlFor="new-name">Name</label>
            <input id="new-name" className="input" data-autofocus value={name} onChange={(event) => setName(event.target.value)} aria-invalid={misnamed || known} aria-describedby={misnamed || known ? "new-name-wrong" : undefined} placeholder="order-fulfilment" autoComplete="off" />
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
            <select id="new-example" className="input" defaultValue={EXAMPLES.indexOf(first)} onChange={(event) => begin(EXAMPLES[Number(event.target.value)]!)}>
              {EXAMPLES.map((each, index) => <option key={each.name} value={index}>{each.name}</option>)}
            </select>
          </div>
          {others.length > 1 && (
            <div className="field">
              <label htmlFor="new-other">In the file</label>
              <select id="new-other" className="input" onChange={(event) => beginFrom(others[Number(event.target.value)]!, "")}>
                {others.map(({ title }, index) => <option key={index} value={index}>{title}</option>)}
              </select>
            </div>
          )}
          <FileButton onFile={open} />
        </div>
        {(misnamed || known) && <p className="wrong" id="new-name-wrong">{known ? "There is a state machine of this name." : "At most 80 letters, digits, - and _."}</p>}
        {calls && <label className="row check"><input type="checkbox" checked={companion} onChange={(event) => setCompanion(event.target.checked)} />Create the function <code>{FUNCTION}</code>, too: it says hello, and there is none of this name yet</label>}
        <div className="create">
          <div className="create-code">
            <Code text={text} label="Definition" plain onChange={setText} problems={problems} />
            <Problems problems={problems} onGo={({ pointer }) => setSelected(pointer)} onFix={(fix) => setText(applyFix(text, fix))} />
          </div>
          <div className="create-graph">
            {picture.drawing ? <Graph drawing={picture.drawing} {...{ marks, selected }} onSelect={setSelected} label="Picture of the definition" /> : <Empty icon="graph" title="No picture yet"><p>Paste a definition in JSON or YAML, or drop a file here.</p></Empty>}
          </div>
        </div>
        {drop.sign}
      </div>
    </Dialog>
  );
}

/** The name, or the first of its kind that is not taken. */
function free(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const each = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(each)) return each;
  }
}
