// Start an execution: input checked while typing, earlier inputs at hand, an Express result in place.

import { useEffect, useMemo, useState } from "react";
import { ask, states } from "../aws/client";
import type { Execution, MachineKind, Runs, SyncExecution } from "../aws/types";
import { Code } from "../code/Code";
import { useData } from "../lib/data";
import { bytes, duration, size } from "../lib/format";
import { pretty, readJson } from "../lib/json";
import { go, href } from "../lib/route";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { CopyButton, Dialog, Time, useAction } from "../ui/parts";
import { StatusBadge } from "../ui/Status";

/** Bytes of an input: service quotas, "Maximum input or output size". */
const LIMIT = 256 * 1024;
const RECENT = 8;

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

  useEffect(() => {
    if (like) void states<Execution>("DescribeExecution", { executionArn: like }).then(({ input }) => setText(pretty(input ?? "{}")));
  }, [like]);

  const read = useMemo(() => readJson(text), [text]);
  const length = useMemo(() => bytes(text), [text]);
  const problem = text.trim() === "" ? "The input is empty; use {} for none." : read.problem !== undefined ? `${read.problem}${read.line ? `, line ${read.line}` : ""}` : length > LIMIT ? `${size(length)} is more than the ${size(LIMIT)} that Step Functions takes` : null;

  const [start, busy] = useAction(async () => {
    const params = { stateMachineArn: machineArn, input: text, ...(name && { name }) };
    if (length < 64 * 1024) memory.set(`input ${base}`, text);
    if (kind === "EXPRESS") {
      setResult(await states<SyncExecution>("StartSyncExecution", params));
    } else {
      const { executionArn } = await states<{ executionArn: string }>("StartExecution", params);
      onClose();
      go(href(["executions", executionArn]));
    }
  });
  const command = () => `aws stepfunctions ${kind === "EXPRESS" ? "start-sync-execution" : "start-execution"} --endpoint-url ${location.origin} --state-machine-arn '${machineArn}' --input '${text.replaceAll("'", "'\\''")}'`;

  return (
    <Dialog
      title={<>Start <span className="mono">{machineName}</span>{qualifier && <span className="badge" style={{ marginLeft: 8 }}>{qualifier}</span>}</>}
      onClose={onClose}
      foot={
        <>
          <CopyButton text={command} label="Copy as a command of the AWS CLI" small={false}>Copy as CLI</CopyButton>
          <span className="grow" />
          <button type="button" className="btn" onClick={onClose}>{result ? "Close" : "Cancel"}</button>
          <button type="button" className="btn primary" disabled={busy || problem !== null} onClick={start}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />{result ? "Run again" : kind === "EXPRESS" ? "Run" : "Start execution"}</button>
        </>
      }
    >
      <div className="field">
        <div className="row">
          <span className="label grow">Input</span>
          <button type="button" className="btn quiet small" disabled={read.problem !== undefined} onClick={() => setText(pretty(text))}>Format</button>
        </div>
        <div onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && problem === null && start()}>
          <Code text={text} label="Input" autoFocus height={result ? 120 : 220} onChange={setText} />
        </div>
        <div className="row" role="status">
          <span className={`grow ${problem ? "wrong" : "hint"}`}>{problem ?? "Valid JSON. Ctrl + Enter starts."}</span>
          <span className={`num ${length > LIMIT ? "wrong" : "hint"}`}>{size(length)} of {size(LIMIT)}</span>
        </div>
      </div>
      {result && <SyncResult result={result} />}
      {!result && recent.length > 0 && (
        <div className="field">
          <span className="label">Recent inputs</span>
          <div className="recent">
            {recent.map((run) => (
              <button type="button" key={run.executionArn} onClick={() => setText(pretty(run.input ?? "{}"))}>
                <code className="clip">{(run.input ?? "").replace(/\s+/g, " ").slice(0, 140)}</code>
                <span className="faint"><Time at={run.startDate} relative /></span>
              </button>
            ))}
          </div>
        </div>
      )}
      {!result && (
        <div className="field">
          <label htmlFor="run-name">Name <span className="faint">(optional)</span></label>
          <input id="run-name" className="input" value={name} onChange={(event) => setName(event.target.value)} placeholder="Generated when left empty" />
        </div>
      )}
    </Dialog>
  );
}

function SyncResult({ result }: { result: SyncExecution }) {
  return (
    <section className="stack" style={{ gap: 10 }} aria-live="polite" aria-label="Result">
      <div className="row">
        <StatusBadge status={result.status} />
        <span className="soft num">{duration((result.stopDate ?? result.startDate) - result.startDate)}</span>
        {result.billingDetails && <span className="faint num">billed {result.billingDetails.billedDurationInMilliseconds} ms, {result.billingDetails.billedMemoryUsedInMB} MB</span>}
      </div>
      {result.error && <p className="wrong break"><strong>{result.error}</strong> {result.cause}</p>}
      {result.output !== undefined && <Payload title="Output" text={result.output} />}
    </section>
  );
}

/** The latest different inputs of a machine. */
function useRecent(base: string, kind: MachineKind): Execution[] {
  const recent = useData(kind === "STANDARD" ? `recent ${base}` : null, async (signal) => {
    const { machines } = await ask<{ machines: Record<string, Runs> }>("runs", { machines: [base], recent: 15 }, signal);
    return Promise.all((machines[base]?.recent ?? []).map(({ executionArn }) => states<Execution>("DescribeExecution", { executionArn }, signal)));
  });
  return useMemo(() => {
    const seen = new Set<string>();
    return (recent.data ?? []).filter(({ input = "" }) => !seen.has(input) && seen.add(input)).slice(0, RECENT);
  }, [recent.data]);
}
