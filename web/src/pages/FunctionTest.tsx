// Invoke a function: saved events, what it returns, what went wrong, how long it took, the end of its log.

import { useMemo, useState } from "react";
import { lambda } from "../aws/client";
import { Code } from "../code/Code";
import { bytes, duration, size } from "../lib/format";
import { pretty, readJson } from "../lib/json";
import { href } from "../lib/route";
import { memory } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { CopyButton, Empty, MOD, useAction } from "../ui/parts";
import { CauseText } from "./ErrorBanner";
import { Saved } from "./Saved";

interface Result {
  payload: string;
  error: string | null;
  log: string;
  took: number;
}

export function FunctionTest({ name, qualifier }: { name: string; qualifier: string | null }) {
  const [text, setText] = useState(() => memory.get(`event ${name}`) ?? "{}");
  const [result, setResult] = useState<Result | null>(null);
  const read = useMemo(() => readJson(text), [text]);
  const [run, busy] = useAction(async () => {
    memory.set(`event ${name}`, text);
    const from = performance.now();
    const response = await lambda("POST", `/functions/${encodeURIComponent(name)}/invocations${qualifier ? `?Qualifier=${encodeURIComponent(qualifier)}` : ""}`, text, { "x-amz-log-type": "Tail" });
    const payload = await response.text();
    const log = response.headers.get("x-amz-log-result");
    setResult({ payload, error: response.headers.get("x-amz-function-error"), log: log ? new TextDecoder().decode(Uint8Array.from(atob(log), (char) => char.charCodeAt(0))) : "", took: (performance.now() - from) / 1000 });
  });
  const command = () => `aws lambda invoke --endpoint-url ${location.origin} --function-name ${name}${qualifier ? ` --qualifier ${qualifier}` : ""} --cli-binary-format raw-in-base64-out --payload '${text.replaceAll("'", "'\\''")}' /dev/stdout`;
  return (
    <div className="io">
      <section className="card" aria-label="Event" style={{ padding: 16 }}>
        <div className="row wrap" style={{ marginBottom: 10, gap: "4px 8px" }}>
          <h2 className="grow">Event</h2>
          <Saved what="event" place={`events ${name}`} owner={name} text={text} onChoose={setText} />
          <button type="button" className="btn small quiet" disabled={read.problem !== undefined} onClick={() => setText(pretty(text))}>Format</button>
          <CopyButton text={command} label="Copy as a command of the AWS CLI">CLI</CopyButton>
          <button type="button" className="btn primary" onClick={run} disabled={busy || read.problem !== undefined}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />Invoke</button>
        </div>
        <div onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && read.problem === undefined && !busy && run()}><Code text={text} label="Event" height={300} submits onChange={setText} /></div>
        <div className="row" style={{ marginTop: 8 }}><span className={`grow ${read.problem ? "wrong" : "hint"}`} role="status">{read.problem !== undefined ? `${read.problem}: line ${read.line}, column ${read.column}` : `Valid JSON. ${MOD} + Enter invokes.`}</span><span className="hint num">{size(bytes(text))}</span></div>
      </section>
      <section className="card" aria-label="Result" aria-live="polite" style={{ padding: 16 }}>
        {!result ? <Empty icon="function" title="No result yet"><p>Invoke the function to see what it returns and what it writes to its log.</p></Empty> : <Outcome result={result} name={name} />}
      </section>
    </div>
  );
}

function Outcome({ result, name }: { result: Result; name: string }) {
  const report = /REPORT .*?Duration: ([\d.]+) ms.*?Billed Duration: (\d+) ms.*?Memory Size: (\d+) MB(?:.*?Max Memory Used: (\d+) MB)?(?:.*?Init Duration: ([\d.]+) ms)?/s.exec(result.log);
  return (
    <div className="stack" style={{ gap: 12 }}>
      <div className="row wrap" style={{ gap: "6px 16px" }}>
        {result.error ? <span className="status tone-bad"><Icon name="cross" size={14} />Failed</span> : <span className="status tone-ok"><Icon name="check" size={14} />Succeeded</span>}
        <span className="soft num">{duration(report ? Number(report[1]) / 1000 : result.took)}</span>
        {report && <span className="faint num">billed {report[2]} ms{report[4] && `, used ${report[4]} of ${report[3]} MB`}{report[5] ? `, cold start ${duration(Number(report[5]) / 1000)}` : ", warm"}</span>}
      </div>
      {result.error && <div className="banner"><Icon name="cross" /><div className="grow stack" style={{ gap: 6 }}><CauseText cause={result.payload} /></div></div>}
      {!result.error && <Payload title="Result" text={result.payload} />}
      <div className="field">
        <div className="row"><span className="label grow">End of the log</span><a href={href(["logs", `/aws/lambda/${name}`])}>All of it</a></div>
        <pre className="log" tabIndex={0}>{result.log.replace(/(?<=.)END RequestId: /, "\nEND RequestId: ") || "Nothing was logged."}</pre>
      </div>
    </div>
  );
}
