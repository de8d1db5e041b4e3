import { useEffect, useRef, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { all, ask, states } from "../aws/client";
import type { ExecutionEntry, MapRun } from "../aws/types";
import { machineArn } from "../lib/arn";
import { useData, useNow, useThrottled } from "../lib/data";
import { count, duration, plural } from "../lib/format";
import { onLive } from "../lib/live";
import { unfold } from "../lib/json";
import { href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Dialog, Empty, Time, toast, Trouble, useAction } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";
import { CauseText } from "./ErrorBanner";
import { Executions } from "./Executions";
import { Waffle } from "./Waffle";

const PARTS = [
  { name: "succeeded", word: "Succeeded", tone: "ok" },
  { name: "running", word: "Running", tone: "run" },
  { name: "failed", word: "Failed", tone: "bad" },
  { name: "timedOut", word: "Timed out", tone: "bad" },
  { name: "aborted", word: "Aborted", tone: "idle" },
  { name: "pending", word: "Pending", tone: "none" },
] as const;
/** More children than that are counted, not drawn. */
const DRAWN = 5000;

export function MapRunPage({ arn }: { arn: string }) {
  const machine = machineArn(arn);
  const [updating, setUpdating] = useState(false);
  const run = useData(`mapRun ${arn}`, (signal) => states<MapRun>("DescribeMapRun", { mapRunArn: arn }, signal));
  const parent = run.data?.executionArn;
  useCrumbs([
    { name: "State machines", href: href(["machines"]) },
    { name: machine.split(":").pop()!, href: href(["machines", machine]) },
    ...(parent ? [{ name: parent.split(":")[7] ?? parent, href: href(["executions", parent]) }] : []),
    { name: "Map run" },
  ]);
  const small = run.data && run.data.executionCounts.total <= DRAWN;
  const children = useData(small ? `children ${arn}` : null, (signal) => all<ExecutionEntry>("ListExecutions", "executions", { mapRunArn: arn }, signal));
  const refresh = useThrottled(run.reload, 400);
  const refreshChildren = useThrottled(children.reload, 1500);
  useEffect(() => onLive("mapRuns", (news) => void (news.includes(arn) && (refresh(), refreshChildren()))), [arn, refresh, refreshChildren]);
  useEffect(() => onLive("runs", (news) => void ((!news.executions || news.executions.some((each) => each.mapRunArn === arn || each.executionArn === parent)) && (refresh(), refreshChildren()))), [arn, parent, refresh, refreshChildren]);
  const now = useNow(run.data?.status === "RUNNING");
  if (run.failure && !run.data) return <div className="page"><div className="card"><Trouble failure={run.failure} what="map run" onRetry={run.reload} /></div></div>;
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <div className="row"><h1>Map run</h1>{run.data && <StatusBadge status={run.data.status} />}</div>
          <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
        </div>
        <div className="actions">
          {parent && <a className="btn" href={href(["executions", parent])}><Icon name="workflow" size={14} />Parent execution</a>}
          {run.data?.status === "RUNNING" && <button type="button" className="btn" onClick={() => setUpdating(true)}><Icon name="edit" size={14} />Change limits</button>}
        </div>
      </div>
      {!run.data ? <div className="card"><Bones /></div> : <Progress run={run.data} now={now} />}
      {small && !children.data && <section className="card" aria-label="Items"><Bones rows={3} /></section>}
      {small && children.data && children.data.length > 0 && (
        <section className="card" aria-label="Items">
          <div className="card-head"><h2>Child executions</h2><span className="grow" /><span className="faint num">{plural(children.data.length, "execution")}</span></div>
          <Waffle cells={cells(children.data)} label="Child executions by status, in the order of their starts" />
        </section>
      )}
      {run.data && <Failures run={run.data} />}
      <Executions whose={{ mapRunArn: arn }} machines={[machine, `${machine}/${arn.split("/")[1]?.split(":")[0]}`]} empty={<Empty icon="list" title="No child executions yet" />} />
      {updating && run.data && <Update run={run.data} onClose={() => setUpdating(false)} />}
    </div>
  );
}

function cells(children: ExecutionEntry[]) {
  return children.toReversed().map((each, index) => ({ id: each.executionArn, href: href(["executions", each.executionArn]), status: each.status, name: `${index + 1}: ${each.name}` }));
}

function Progress({ run, now }: { run: MapRun; now: number }) {
  const counts = run.itemCounts;
  const over = counts.succeeded + counts.failed + counts.timedOut + counts.aborted;
  const share = counts.total ? Math.floor((over / counts.total) * 100) : 0;
  const failed = counts.failed + counts.timedOut;
  const limit = run.toleratedFailureCount || run.toleratedFailurePercentage;
  return (
    <section className="card" aria-label="Summary">
      <dl className="summary">
        <div><dt>Duration</dt><dd className="num"><strong>{duration((run.stopDate ?? now) - run.startDate)}</strong></dd></div>
        <div><dt>Started</dt><dd><Time at={run.startDate} /></dd></div>
        <div><dt>Items</dt><dd className="num">{count(counts.total)}</dd></div>
        <div><dt>Executions</dt><dd className="num">{count(run.executionCounts.total)}</dd></div>
        <div><dt>Concurrency</dt><dd className="num">{run.maxConcurrency || "No limit"}</dd></div>
        <div><dt>Tolerated failures</dt><dd className="num">{run.toleratedFailureCount ? `${count(run.toleratedFailureCount)} items` : ""}{run.toleratedFailureCount && run.toleratedFailurePercentage ? ", " : ""}{run.toleratedFailurePercentage ? `${run.toleratedFailurePercentage} %` : ""}{!limit && "None"}{failed > 0 && counts.total > 0 && ` (now ${((failed / counts.total) * 100).toFixed(1)} %)`}</dd></div>
        {Boolean(run.redriveCount) && <div><dt>Redriven</dt><dd className="num">{run.redriveCount} ×</dd></div>}
        <div><dt>Results written</dt><dd className="num">{count(counts.resultsWritten)}</dd></div>
      </dl>
      <div className="map-progress">
        <div className="map-bar" role="progressbar" aria-label="Items that are over" aria-valuenow={share} aria-valuemin={0} aria-valuemax={100} aria-valuetext={`${share} %, ${count(over)} of ${count(counts.total)} items`}>
          {PARTS.map(({ name, tone }) => counts[name] > 0 && tone !== "none" && <span key={name} className={tone} style={{ flex: counts[name] }} />)}
          {counts.pending > 0 && <span style={{ flex: counts.pending }} />}
        </div>
        <strong className="num">{share} %</strong>
      </div>
      <ul className="map-counts">
        {PARTS.map(({ name, word, tone }) => <li key={name} className={counts[name] ? "" : "faint"}><i className={`dot-${tone}`} aria-hidden />{word} <strong className="num">{count(counts[name])}</strong></li>)}
      </ul>
    </section>
  );
}

interface Failed {
  looked: number;
  more: boolean;
  groups: { error: string; count: number; cause: string | null; executions: { executionArn: string; name: string }[] }[];
}

/** What failed, by error: a few hundred failures are usually two or three. */
function Failures({ run }: { run: MapRun }) {
  const { failed, timedOut } = run.executionCounts;
  const found = useData(failed + timedOut ? `failures ${run.mapRunArn}` : null, (signal) => ask<Failed>(`failures?mapRun=${encodeURIComponent(run.mapRunArn)}`, undefined, signal));
  const refresh = useThrottled(found.reload, 2000);
  const known = useRef(failed + timedOut);
  useEffect(() => {
    if (known.current !== failed + timedOut) refresh();
    known.current = failed + timedOut;
  }, [failed, timedOut, refresh]);
  if (!(failed + timedOut)) return null;
  const { looked = 0, more = false, groups } = found.data ?? {};
  return (
    <section className="card" aria-label="Failures">
      <div className="card-head"><h2>Failures by error</h2><span className="grow" /><span className="faint num">{more ? `of the latest ${count(looked)} failures` : plural(failed + timedOut, "failure")}</span></div>
      {found.failure && !groups ? <Trouble failure={found.failure} what="list of failures" onRetry={found.reload} /> : !groups ? <Bones rows={2} /> : (
        <ul className="failures">
          {groups.map(({ error, count: those, cause, executions }) => (
            <li key={error}>
              <details>
                <summary><strong className="wrong break">{error}</strong> <span className="badge num">{count(those)}</span> <span className="soft clip">{cause && (unfold(cause).message || cause).slice(0, 160)}</span></summary>
                {cause && <div className="failure-cause"><CauseText cause={cause} error={error} /></div>}
                <ul className="row wrap" style={{ gap: "4px 10px" }}>{executions.map((each) => <li key={each.executionArn}><a className="mono" href={href(["executions", each.executionArn])}>{each.name.slice(0, 13)}</a></li>)}{those > executions.length && <li className="faint">and {count(those - executions.length)} more: filter the list below by status</li>}</ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Update({ run, onClose }: { run: MapRun; onClose: () => void }) {
  const [concurrency, setConcurrency] = useState(String(run.maxConcurrency));
  const [failures, setFailures] = useState(String(run.toleratedFailureCount));
  const [share, setShare] = useState(String(run.toleratedFailurePercentage));
  const wrong = [concurrency, failures].some((text) => !/^\d+$/.test(text)) || !(Number(share) >= 0 && Number(share) <= 100);
  const [send, busy] = useAction(async () => {
    await states("UpdateMapRun", { mapRunArn: run.mapRunArn, maxConcurrency: Number(concurrency), toleratedFailureCount: Number(failures), toleratedFailurePercentage: Number(share) });
    toast("The limits were changed");
    onClose();
  });
  const fields = [["Concurrency, 0 for no limit", concurrency, setConcurrency], ["Tolerated failures, items", failures, setFailures], ["Tolerated failures, percent", share, setShare]] as const;
  return (
    <Dialog narrow title="Change the limits of this run" onClose={onClose} foot={<><span className="grow wrong">{wrong && "Whole numbers, and 0 to 100 percent"}</span><button type="button" className="btn" onClick={onClose}>Cancel</button><button type="button" className="btn primary" disabled={busy || wrong} onClick={send}>Change</button></>}>
      {fields.map(([name, text, set], index) => <div key={name} className="field"><label htmlFor={`limit-${index}`}>{name}</label><input id={`limit-${index}`} className="input num" inputMode="decimal" data-autofocus={index === 0 || undefined} value={text} onChange={(event) => set(event.target.value)} /></div>)}
      <p className="soft">What runs already goes on. {look("RUNNING").word} items count as before.</p>
    </Dialog>
  );
}
