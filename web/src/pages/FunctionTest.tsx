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
import { Menu } from "../ui/Menu";
import { CopyButton, Dialog, Empty, toast, useAction } from "../ui/parts";
import { CauseText } from "./ErrorBanner";

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
        <div className="row" style={{ marginBottom: 10 }}>
          <h2 className="grow">Event</h2>
          <Saved name={name} text={text} onChoose={setText} />
          <button type="button" className="btn small quiet" disabled={read.problem !== undefined} onClick={() => setText(pretty(text))}>Format</button>
          <CopyButton text={command} label="Copy as a command of the AWS CLI">CLI</CopyButton>
          <button type="button" className="btn primary" onClick={run} disabled={busy || read.problem !== undefined}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />Invoke</button>
        </div>
        <div onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && read.problem === undefined && run()}><Code text={text} label="Event" height={300} onChange={setText} /></div>
        <div className="row" style={{ marginTop: 8 }}><span className={`grow ${read.problem ? "wrong" : "hint"}`} role="status">{read.problem ?? "Valid JSON. Ctrl + Enter invokes."}</span><span className="hint num">{size(bytes(text))}</span></div>
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
        {result.error ? <span className="status tone-bad"><Icon name="cross" size={14} />{result.error}</span> : <span className="status tone-ok"><Icon name="check" size={14} />Succeeded</span>}
        <span className="soft num">{duration(report ? Number(report[1]) / 1000 : result.took)}</span>
        {report && <span className="faint num">billed {report[2]} ms{report[4] && `, used ${report[4]} of ${report[3]} MB`}{report[5] ? `, cold start ${duration(Number(report[5]) / 1000)}` : ", warm"}</span>}
      </div>
      {result.error && <div className="banner"><Icon name="cross" /><div className="grow stack" style={{ gap: 6 }}><CauseText cause={result.payload} /></div></div>}
      {!result.error && <Payload title="Result" text={result.payload} />}
      <div className="field">
        <div className="row"><span className="label grow">End of the log</span><a href={href(["logs", `/aws/lambda/${name}`])}>All of it</a></div>
        <pre className="log" tabIndex={0}>{result.log || "Nothing was logged."}</pre>
      </div>
    </div>
  );
}

type Events = Record<string, string>;

/** Events by name, kept in this browser. */
function Saved({ name, text, onChoose }: { name: string; text: string; onChoose: (text: string) => void }) {
  const [events, setEvents] = useState<Events>(() => (readJson(memory.get(`events ${name}`) ?? "{}").value as Events | undefined) ?? {});
  const [saving, setSaving] = useState<string | null>(null);
  const keep = (next: Events) => {
    setEvents(next);
    memory.set(`events ${name}`, JSON.stringify(next));
  };
  const save = () => {
    if (!saving) return;
    keep({ ...events, [saving]: text });
    toast(`Saved ${saving} in this browser`);
    setSaving(null);
  };
  const current = Object.keys(events).find((each) => events[each] === text);
  return (
    <>
      <Menu
        label="Saved events"
        items={[
          ...Object.entries(events).map(([title, event]) => ({ name: title, icon: "log" as const, act: () => onChoose(event) })),
          { name: "Save this event …", icon: "plus", act: () => setSaving(current ?? "") },
          ...(current ? [{ name: `Forget ${current}`, icon: "trash" as const, danger: true, act: () => { const { [current]: _, ...rest } = events; keep(rest); } }] : []),
        ]}
      >
        {current ?? "Saved events"}<Icon name="down" size={12} />
      </Menu>
      {saving !== null && (
        <Dialog narrow title="Save this event" onClose={() => setSaving(null)} foot={<><span className="grow" /><button type="button" className="btn" onClick={() => setSaving(null)}>Cancel</button><button type="button" className="btn primary" disabled={!saving} onClick={save}>Save</button></>}>
          <div className="field"><label htmlFor="event-name">Name</label><input id="event-name" className="input" data-autofocus value={saving} onChange={(event) => setSaving(event.target.value)} onKeyDown={(event) => event.key === "Enter" && save()} /></div>
          <p className="hint">It is kept in this browser only. A name that exists is replaced.</p>
        </Dialog>
      )}
    </>
  );
}
