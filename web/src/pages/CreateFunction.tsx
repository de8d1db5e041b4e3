// A new function from a few lines of code, to have something that a state machine can call.

import { useState } from "react";
import { lambda } from "../aws/client";
import { go, href } from "../lib/route";
import { place } from "../lib/settings";
import { base64, pack } from "../lib/zip";
import { Icon } from "../ui/Icon";
import { Dialog, toast, useAction } from "../ui/parts";
import { Source } from "./Source";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PYTHON = `import json


def lambda_handler(event, context):
    print("event:", json.dumps(event))
    return {"statusCode": 200, "body": json.dumps("Hello from Lambda!")}
`;
const NODE = `export const handler = async (event) => {
  console.log("event:", JSON.stringify(event));
  return { statusCode: 200, body: JSON.stringify("Hello from Lambda!") };
};
`;
const RUNTIMES = [
  { id: "python3.13", name: "Python 3.13", file: "lambda_function.py", handler: "lambda_function.lambda_handler", code: PYTHON },
  { id: "python3.12", name: "Python 3.12", file: "lambda_function.py", handler: "lambda_function.lambda_handler", code: PYTHON },
  { id: "nodejs22.x", name: "Node.js 22", file: "index.mjs", handler: "index.handler", code: NODE },
  { id: "nodejs20.x", name: "Node.js 20", file: "index.mjs", handler: "index.handler", code: NODE },
] as const;

async function createFunction(name: string, runtime: (typeof RUNTIMES)[number], code: string): Promise<void> {
  const body = pack([{ name: runtime.file, body: new TextEncoder().encode(code) }]);
  await lambda("POST", "/functions", JSON.stringify({ FunctionName: name, Runtime: runtime.id, Handler: runtime.handler, Role: `arn:aws:iam::${place.get().account}:role/console`, Code: { ZipFile: base64(body) }, Description: "Created in the console" }));
}

/** The function that examples of state machines call: it says hello. */
export function createExample(name: string): Promise<void> {
  return createFunction(name, RUNTIMES[0], RUNTIMES[0].code);
}

export function CreateFunction({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const [name, setName] = useState("");
  const [runtime, setRuntime] = useState<(typeof RUNTIMES)[number]>(RUNTIMES[0]);
  const [code, setCode] = useState<string>(runtime.code);
  const problem = name === "" ? null : !NAME.test(name) ? "At most 64 letters, digits, - and _." : taken.includes(name) ? "There is a function of this name." : null;
  const choose = (id: string) => {
    const next = RUNTIMES.find((each) => each.id === id)!;
    // What was written stays; an untouched example becomes the other language's.
    if (code === runtime.code) setCode(next.code);
    setRuntime(next);
  };
  const [create, busy] = useAction(async () => {
    await createFunction(name, runtime, code);
    toast(`Created ${name}`);
    onClose();
    go(href(["functions", name]));
  });
  const ready = name !== "" && problem === null && code.trim() !== "" && !busy;
  return (
    <Dialog
      title="Create function"
      onClose={onClose}
      foot={
        <>
          <span className="grow hint" role="status">{name === "" ? "A name is missing." : problem === null ? "It runs here, without Docker." : ""}</span>
          <button type="button" className="btn" onClick={onClose}>Cancel</button>
          <button type="button" className="btn primary" disabled={!ready} onClick={create}><Icon name={busy ? "spinner" : "plus"} spin={busy} />Create</button>
        </>
      }
    >
      <div className="row wrap" style={{ alignItems: "flex-start", gap: 14 }}>
        <div className="field grow">
          <label htmlFor="function-name">Name</label>
          <input id="function-name" className="input" data-autofocus value={name} onChange={(event) => setName(event.target.value)} aria-invalid={problem !== null} aria-describedby={problem ? "function-name-wrong" : undefined} placeholder="my_lambda_function" autoComplete="off" spellCheck={false} />
          {problem && <span className="wrong" id="function-name-wrong">{problem}</span>}
        </div>
        <div className="field">
          <label htmlFor="function-runtime">Runtime</label>
          <select id="function-runtime" className="input" value={runtime.id} onChange={(event) => choose(event.target.value)}>{RUNTIMES.map(({ id, name: title }) => <option key={id} value={id}>{title}</option>)}</select>
        </div>
      </div>
      <div className="field">
        <div className="row wrap" style={{ gap: "2px 8px" }}><label className="label grow" htmlFor="function-code">Code <span className="faint mono">{runtime.file}</span></label><span className="hint">Handler <code>{runtime.handler}</code></span></div>
        <Source id="function-code" text={code} onChange={setCode} rows={13} />
      </div>
    </Dialog>
  );
}
