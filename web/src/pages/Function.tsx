import { useEffect, useMemo, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { download, lambda } from "../aws/client";
import type { FunctionConfiguration } from "../aws/types";
import { Code } from "../code/Code";
import { useData } from "../lib/data";
import { bytes, duration, size } from "../lib/format";
import { readJson } from "../lib/json";
import { href, setQuery } from "../lib/route";
import { memory } from "../lib/store";
import { entries, type Entry } from "../lib/zip";
import { Icon } from "../ui/Icon";
import { Payload } from "../ui/JsonView";
import { Bones, CopyButton, Empty, Tabs, Time, Trouble, useAction } from "../ui/parts";
import { CauseText } from "./ErrorBanner";

const TABS = [
  { id: "test", name: "Test" },
  { id: "code", name: "Code" },
  { id: "configuration", name: "Configuration" },
] as const;

interface Found {
  Configuration: FunctionConfiguration;
  Code?: { Location?: string };
  Tags?: Record<string, string>;
}

export function FunctionPage({ name, query }: { name: string; query: URLSearchParams }) {
  useCrumbs([{ name: "Functions", href: href(["functions"]) }, { name }]);
  const found = useData(`function ${name}`, async (signal) => (await (await lambda("GET", `/functions/${encodeURIComponent(name)}`, undefined, {}, signal)).json()) as Found);
  const tab = TABS.find(({ id }) => id === query.get("tab"))?.id ?? "test";
  if (found.failure && !found.data) return <div className="page"><div className="card"><Trouble failure={found.failure} what="function" onRetry={found.reload} /></div></div>;
  const configuration = found.data?.Configuration;
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <div className="row wrap"><h1 className="break">{name}</h1>{configuration && <span className="badge">{configuration.Runtime ?? configuration.PackageType}</span>}</div>
          <div className="row faint" style={{ gap: 2 }}>{configuration && <><code className="clip">{configuration.FunctionArn}</code><CopyButton text={configuration.FunctionArn} label="Copy the ARN" /></>}</div>
        </div>
      </div>
      <Tabs tabs={TABS} value={tab} onChange={(id) => setQuery({ tab: id })} label="Parts of the function" />
      {!found.data || !configuration ? <div className="card"><Bones /></div> : tab === "test" ? <Test name={name} /> : tab === "code" ? <Package location={found.data.Code?.Location} handler={configuration.Handler} /> : <Configuration configuration={configuration} tags={found.data.Tags ?? {}} />}
    </div>
  );
}

interface Result {
  payload: string;
  error: string | null;
  log: string;
  took: number;
}

function Test({ name }: { name: string }) {
  const [text, setText] = useState(() => memory.get(`event ${name}`) ?? "{}");
  const [result, setResult] = useState<Result | null>(null);
  const read = useMemo(() => readJson(text), [text]);
  const [run, busy] = useAction(async () => {
    memory.set(`event ${name}`, text);
    const from = performance.now();
    const response = await lambda("POST", `/functions/${encodeURIComponent(name)}/invocations`, text, { "x-amz-log-type": "Tail" });
    const payload = await response.text();
    const log = response.headers.get("x-amz-log-result");
    setResult({ payload, error: response.headers.get("x-amz-function-error"), log: log ? new TextDecoder().decode(Uint8Array.from(atob(log), (char) => char.charCodeAt(0))) : "", took: (performance.now() - from) / 1000 });
  });
  const report = result && /REPORT .*?Duration: ([\d.]+) ms.*?Max Memory Used: (\d+) MB/s.exec(result.log);
  return (
    <div className="io">
      <section className="card" aria-label="Event" style={{ padding: 16 }}>
        <div className="row" style={{ marginBottom: 10 }}>
          <h2 className="grow">Event</h2>
          <button type="button" className="btn primary" onClick={run} disabled={busy || read.problem !== undefined}><Icon name={busy ? "spinner" : "play"} size={13} spin={busy} />Invoke</button>
        </div>
        <Code text={text} label="Event" height={300} onChange={setText} />
        <div className="row" style={{ marginTop: 8 }}><span className={`grow ${read.problem ? "wrong" : "hint"}`} role="status">{read.problem ?? "Valid JSON"}</span><span className="hint num">{size(bytes(text))}</span></div>
      </section>
      <section className="card" aria-label="Result" aria-live="polite" style={{ padding: 16 }}>
        {!result ? <Empty icon="function" title="No result yet"><p>Invoke the function to see what it returns and what it writes to its log.</p></Empty> : (
          <div className="stack" style={{ gap: 12 }}>
            <div className="row">
              {result.error ? <span className="status tone-bad"><Icon name="cross" size={14} />{result.error}</span> : <span className="status tone-ok"><Icon name="check" size={14} />Succeeded</span>}
              <span className="soft num">{report ? `${duration(Number(report[1]) / 1000)}, ${report[2]} MB` : duration(result.took)}</span>
            </div>
            {result.error && <div className="banner"><Icon name="cross" /><div className="grow stack" style={{ gap: 6 }}><CauseText cause={result.payload} /></div></div>}
            {!result.error && <Payload title="Result" text={result.payload} />}
            <div className="field"><span className="label">Log</span><pre className="log" tabIndex={0}>{result.log || "Nothing was logged."}</pre></div>
          </div>
        )}
      </section>
    </div>
  );
}

const SHOWN = 400_000;

function Package({ location, handler }: { location: string | undefined; handler: string | undefined }) {
  // The server names itself as it is known to functions; from here only the path counts.
  const path = location ? new URL(location).pathname.replace(/^\//, "") : null;
  const files = useData(path, async () => entries(await download(path!)));
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = useMemo(() => files.data?.find(({ name }) => name === chosen) ?? main(files.data ?? [], handler), [files.data, chosen, handler]);
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    setText(null);
    if (!shown) return;
    let gone = false;
    void shown.read().then((body) => {
      if (gone) return;
      const binary = body.subarray(0, 4000).includes(0);
      setText(binary ? `${size(body.length)} of binary data` : new TextDecoder().decode(body.subarray(0, SHOWN)));
    });
    return () => {
      gone = true;
    };
  }, [shown]);
  if (!path) return <div className="card"><Empty icon="list" title="No package"><p>The function has no ZIP package to look into.</p></Empty></div>;
  if (files.failure) return <div className="card"><Trouble failure={files.failure} what="package" onRetry={files.reload} /></div>;
  return (
    <section className="card definition" aria-label="Code" style={{ flexDirection: "row" }}>
      <div className="filelist">{files.data?.slice(0, 500).map(({ name }) => <button key={name} type="button" className="clip mono" aria-pressed={name === shown?.name} title={name} onClick={() => setChosen(name)}>{name}</button>) ?? <Bones rows={3} />}</div>
      <div className="code-pane grow">
        <div className="card-head"><span className="mono grow clip">{shown?.name}</span>{shown && <span className="faint num">{size(shown.size)}</span>}{text !== null && <CopyButton text={text} label="Copy the file" />}</div>
        <div className="scroll grow" tabIndex={0} role="region" aria-label={shown?.name ?? "File"}>{text === null ? <Bones /> : <pre style={{ padding: 16, fontSize: 12.5, lineHeight: 1.6 }}>{text}</pre>}</div>
      </div>
    </section>
  );
}

/** The file that holds the handler, else the first one. */
function main(files: Entry[], handler: string | undefined): Entry | undefined {
  const module = handler?.slice(0, handler.lastIndexOf(".")).replaceAll(".", "/");
  return files.find(({ name }) => module && name.replace(/\.\w+$/, "") === module) ?? files[0];
}

function Configuration({ configuration, tags }: { configuration: FunctionConfiguration; tags: Record<string, string> }) {
  const [unmasked, setUnmasked] = useState(false);
  const variables = Object.entries(configuration.Environment?.Variables ?? {});
  return (
    <>
      <section className="card" aria-label="General">
        <dl className="pairs">
          <div><dt>Handler</dt><dd><code>{configuration.Handler ?? "—"}</code></dd></div>
          <div><dt>State</dt><dd>{configuration.State ?? "Active"}{configuration.StateReason && `: ${configuration.StateReason}`}</dd></div>
          <div><dt>Memory</dt><dd className="num">{configuration.MemorySize} MB</dd></div>
          <div><dt>Timeout</dt><dd className="num">{configuration.Timeout} s</dd></div>
          <div><dt>Architecture</dt><dd>{configuration.Architectures?.join(", ") ?? "—"}</dd></div>
          <div><dt>Package</dt><dd className="num">{size(configuration.CodeSize)}</dd></div>
          <div><dt>Changed</dt><dd><Time at={Date.parse(configuration.LastModified) / 1000} /></dd></div>
          <div><dt>Version</dt><dd>{configuration.Version}</dd></div>
          {configuration.Description && <div className="wide"><dt>Description</dt><dd>{configuration.Description}</dd></div>}
          <div className="wide"><dt>Role</dt><dd className="break"><code>{configuration.Role}</code></dd></div>
          <div className="wide"><dt>SHA-256 of the package</dt><dd className="break"><code>{configuration.CodeSha256}</code></dd></div>
          {configuration.Layers?.length ? <div className="wide"><dt>Layers</dt><dd className="break">{configuration.Layers.map(({ Arn }) => <div key={Arn}><code>{Arn}</code></div>)}</dd></div> : null}
        </dl>
      </section>
      <section className="card" aria-labelledby="environment">
        <div className="card-head"><h2 id="environment" className="grow">Environment</h2>{variables.length > 0 && <button type="button" className="btn small" aria-pressed={unmasked} onClick={() => setUnmasked(!unmasked)}>{unmasked ? "Hide values" : "Show values"}</button>}</div>
        {variables.length ? <table className="table"><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>{variables.map(([name, value]) => <tr key={name}><td className="tight"><code>{name}</code></td><td className="break"><code>{unmasked ? value : "••••••••"}</code></td></tr>)}</tbody></table> : <p className="faint" style={{ padding: 16 }}>No variables.</p>}
      </section>
      {Object.keys(tags).length > 0 && (
        <section className="card" aria-labelledby="function-tags">
          <div className="card-head"><h2 id="function-tags">Tags</h2></div>
          <table className="table"><tbody>{Object.entries(tags).map(([key, value]) => <tr key={key}><td className="tight">{key}</td><td className="break">{value}</td></tr>)}</tbody></table>
        </section>
      )}
    </>
  );
}
