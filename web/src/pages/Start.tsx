// Start an execution: its input as JSON or as a form, checked while typing, earlier and saved inputs at hand, an Express
// result in place.

import { useEffect, useMemo, useState } from "react";
import { fieldsOfExample, fieldsOfSchema, inputFields, skeleton, withKinds, type InputField } from "../asl/inputs";
import { startBoto3, startCli } from "../asl/snippets";
import { ask, ROOT, states } from "../aws/client";
import type { Execution, Machine, MachineKind, Runs, SyncExecution } from "../aws/types";
import { Code } from "../code/Code";
import { descend, expressOf } from "../aws/looking";
import { useData } from "../lib/data";
import { bytes, duration, size } from "../lib/format";
import { isBody, pretty, readJson, type Json } from "../lib/json";
import { go, href } from "../lib/route";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Menu } from "../ui/Menu";
import { copyText, Dialog, MOD, Segments, Time, toast, useAction } from "../ui/parts";
import { StatusBadge } from "../ui/Status";
import { InputForm } from "./InputForm";
import { InputSchema, rememberedSchema } from "./InputSchema";
import { Saved } from "./Saved";

/** Bytes of an input: service quotas, "Maximum input or output size". */
const LIMIT = 256 * 1024;
const RECENT = 8;
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;

interface Props {
  /** Of a machine, a version or an alias. */
  machineArn: string;
  kind: MachineKind;
  /** An execution whose input is taken over. */
  like?: string | undefined;
  onClose: () => void;
}

export function StartExecution({ machineArn, kind, like, onClose }: Props) {
  const [, , , , , , machineName, qualifier] = machineArn.split(":");
  const base = machineArn.split(":").slice(0, 7).join(":");
  const recent = useRecent(base, kind);
  const [text, setText] = useState(() => (like ? "" : (memory.get(`input ${base}`) ?? "{}")));
  const [name, setName] = useState("");
  const [result, setResult] = useState<SyncExecution | null>(null);
  const [look, setLook] = useState(() => (memory.get("start") === "form" ? "form" : "json"));
  const [schema, setSchema] = useState(() => rememberedSchema(base));
  const [asking, setAsking] = useState(false);
  const fields = useFields(machineArn, base, schema, recent);

  useEffect(() => {
    if (like) (like.includes(":express:") ? expressOf(like).then(({ execution }) => execution) : states<Execution>("DescribeExecution", { executionArn: like })).then(({ input }) => setText(pretty(input ?? "{}")), (error: Error) => toast(error.message, true));
  }, [like]);

  const read = useMemo(() => readJson(text), [text]);
  const length = useMemo(() => bytes(text), [text]);
  const problem = text.trim() === "" ? "The input is empty; use {} for none." : read.problem !== undefined ? `${read.problem}: line ${read.line}, column ${read.column}` : length > LIMIT ? `${size(length)} is more than the ${size(LIMIT)} that Step Functions takes` : null;

  const misnamed = name === "" || NAME.test(name) ? null : "At most 80 characters, no spaces, brackets, quotes, slashes or colons.";

  const [start, busy] = useAction(async () => {
    const params = { stateMachineArn: machineArn, input: text, ...(name && { name }) };
    remember(base, text, length);
    if (kind === "EXPRESS") {
      setResult(await states<SyncExecution>("StartSyncExecution", params));
    } else {
      const { executionArn } = await states<{ executionArn: string }>("StartExecution", params);
      // Only a link between the two: the execution runs, whether or not it can be noted.
      if (like) await descend(executionArn, like).catch(() => undefined);
      onClose();
      go(href(["executions", executionArn]));
    }
  });
  const subject = { arn: machineArn, kind, input: text, ...(name && { name }) };
  const choose = (id: string) => {
    setLook(id);
    memory.set("start", id);
  };
  const asForm = look === "form";
  const copy = (what: string, line: string) => () => void copyText(line).then(() => toast(`Copied ${what}`));
  const server = ROOT.replace(/\/$/, "");
  return (
    <Dialog
      title={<>Start <span className="mono">{machineName}</span>{qualifier && <span className="badge" style={{ marginLeft: 8 }}>{qualifier}</span>}</>}
      onClose={onClose}
      foot={
        <>
          <Menu label="Copy the request" look="" small={false} items={[
            { name: "AWS CLI", hint: kind === "EXPRESS" ? "start-sync-execution" : "start-execution", act: copy("a command of the AWS CLI", startCli(subject, server)) },
            { name: "Python", hint: "boto3", act: copy("lines for boto3", startBoto3(subject, server)) },
          ]}><Icon name="copy" size={14} />Copy<Icon name="down" size={12} /></Menu>
          <span className="grow" />
          <button type="button" className="btn" onClick={onClose}>{result ? "Close" : "Cancel"}</button>
          <button type="button" className="btn primary" disabled={busy || problem !== null || misnamed !== null} onClick={start}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />{result ? "Run again" : kind === "EXPRESS" ? "Run" : "Start execution"}</button>
        </>
      }
    >
      <div className="field">
        <div className="row wrap" style={{ gap: "4px 8px" }}>
          <span className="label">Input</span>
          <Segments options={LOOKS} value={asForm ? "form" : "json"} onChange={choose} label="Input as" />
          <span className="grow" />
          <Saved what="input" place={`saved ${base}`} owner={machineName ?? "machine"} text={text} onChoose={setText} />
          {asForm ? <button type="button" className="btn quiet small" onClick={() => setAsking(true)}>Schema …</button> : <button type="button" className="btn quiet small" disabled={read.problem !== undefined} onClick={() => setText(pretty(text))}>Format</button>}
        </div>
        <div onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && problem === null && misnamed === null && !busy && start()}>
          {!asForm ? (
            <Code text={text} label="Input" autoFocus height={result ? 120 : 220} submits onChange={setText} />
          ) : !fields.length ? (
            <p className="input-form">The definition names no part of its input, and there is no earlier one. <button type="button" className="link" onClick={() => setAsking(true)}>Give a JSON schema</button>, or write the input as JSON.</p>
          ) : !isBody(read.value) ? (
            <p className="input-form">{read.problem !== undefined ? "The text is no JSON" : "The input is no object"} and cannot be shown as a form. <button type="button" className="link" onClick={() => choose("json")}>Change the text</button></p>
          ) : (
            <InputForm fields={fields} value={read.value} onChange={(value) => setText(JSON.stringify(value, null, 2))} />
          )}
        </div>
        <div className="row" role="status">
          <span className={`grow break ${problem ? "wrong" : "hint"}`}>{problem ?? `Valid JSON. ${MOD} + Enter starts.`}</span>
          <span className={`num ${length > LIMIT ? "wrong" : "hint"}`}>{size(length)} of {size(LIMIT)}</span>
        </div>
        {!asForm && isEmpty(read.value) && fields.length > 0 && (
          <p className="hint">Reads {fields.slice(0, 6).map(({ way }, index) => <span key={way.join("\n")}>{index > 0 && ", "}<code>{way.join(".")}</code></span>)}{fields.length > 6 && ` and ${fields.length - 6} more`}. <button type="button" className="link" onClick={() => setText(JSON.stringify(skeleton(fields), null, 2))}>Insert</button></p>
        )}
      </div>
      {result && <SyncResult result={result} />}
      {!result && recent.length > 0 && (
        <div className="field">
          <span className="label">Recent inputs</span>
          <div className="recent">
            {recent.map((run) => (
              <button type="button" key={run.input} onClick={() => setText(pretty(run.input))}>
                <code className="clip">{run.input.replace(/\s+/g, " ").slice(0, 140)}</code>
                <span className="faint"><Time at={run.at} relative /></span>
              </button>
            ))}
          </div>
        </div>
      )}
      {!result && (
        <div className="field">
          <label htmlFor="run-name">Name <span className="faint">(optional)</span></label>
          <div className="row">
            <input id="run-name" className="input" value={name} onChange={(event) => setName(event.target.value)} placeholder="Generated when left empty" aria-invalid={misnamed !== null} aria-describedby={misnamed ? "run-name-wrong" : undefined} autoComplete="off" />
            <button type="button" className="btn" onClick={() => setName(crypto.randomUUID?.() ?? `run-${Date.now()}`)}>Generate</button>
          </div>
          {misnamed && <span className="wrong" id="run-name-wrong">{misnamed}</span>}
        </div>
      )}
      {asking && <InputSchema base={base} schema={schema} onClose={() => setAsking(false)} onChange={(next) => { setSchema(next); setAsking(false); }} />}
    </Dialog>
  );
}

const LOOKS = [{ id: "json", name: "JSON" }, { id: "form", name: "Form" }] as const;

function isEmpty(value: Json | undefined): boolean {
  return isBody(value) && Object.keys(value).length === 0;
}

/** What is known of the input: by a schema, else by what the definition reads, else by the latest input. */
function useFields(machineArn: string, base: string, schema: Json | null, recent: readonly Earlier[]): InputField[] {
  // An alias has no definition of its own.
  const definition = useData(`input of ${machineArn}`, async (signal) => {
    const described = /:\d+$/.test(machineArn) ? machineArn : base;
    return (await states<Machine>("DescribeStateMachine", { stateMachineArn: described }, signal)).definition;
  });
  return useMemo(() => {
    if (schema !== null) return fieldsOfSchema(schema);
    const latest = recent[0] && readJson(recent[0].input).value;
    const read = definition.data === undefined ? [] : inputFields(definition.data);
    return read.length || latest === undefined ? withKinds(read, latest) : fieldsOfExample(latest);
  }, [schema, definition.data, recent]);
}

function SyncResult({ result }: { result: SyncExecution }) {
  return (
    <section className="stack" style={{ gap: 10 }} aria-live="polite" aria-label="Result">
      <div className="row">
        <StatusBadge status={result.status} />
        <span className="soft num">{duration((result.stopDate ?? result.startDate) - result.startDate)}</span>
        <a href={href(["executions", result.executionArn])}>Open</a>
        {result.billingDetails && <span className="faint num">billed {result.billingDetails.billedDurationInMilliseconds} ms, {result.billingDetails.billedMemoryUsedInMB} MB</span>}
      </div>
      {result.error && <p className="wrong break"><strong>{result.error}</strong> {result.cause}</p>}
      {result.output !== undefined && <Payload title="Output" text={result.output} />}
    </section>
  );
}

interface Earlier {
  input: string;
  at: number;
}

/** Longer inputs are not kept in the browser. */
const KEPT = 64 * 1024;

function remembered(base: string): Earlier[] {
  try {
    return JSON.parse(memory.get(`inputs ${base}`) ?? "[]") as Earlier[];
  } catch {
    return [];
  }
}

/** The next form begins with this input; Express executions are not listed, so theirs are kept here. */
function remember(base: string, input: string, length: number): void {
  if (length > KEPT) return;
  memory.set(`input ${base}`, input);
  const others = remembered(base).filter((each) => each.input !== input);
  memory.set(`inputs ${base}`, JSON.stringify([{ input, at: Date.now() / 1000 }, ...others].slice(0, RECENT)));
}

/** The latest different inputs of a machine: of its executions, of an Express machine those that were run from here. */
function useRecent(base: string, kind: MachineKind): Earlier[] {
  const recent = useData(kind === "STANDARD" ? `recent ${base}` : null, async (signal) => {
    const { machines } = await ask<{ machines: Record<string, Runs> }>("runs", { machines: [base], recent: 15 }, signal);
    return Promise.all((machines[base]?.recent ?? []).map(({ executionArn }) => states<Execution>("DescribeExecution", { executionArn }, signal)));
  });
  return useMemo(() => {
    const found = kind === "EXPRESS" ? remembered(base) : (recent.data ?? []).map(({ input = "{}", startDate }) => ({ input, at: startDate }));
    const seen = new Set<string>();
    return found.filter(({ input }) => !seen.has(input) && seen.add(input)).slice(0, RECENT);
  }, [recent.data, base, kind]);
}
