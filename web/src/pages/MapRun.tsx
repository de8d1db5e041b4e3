import { useEffect } from "react";
import { useCrumbs } from "../app/crumbs";
import { states } from "../aws/client";
import type { MapRun } from "../aws/types";
import { machineArn } from "../lib/arn";
import { useData, useNow, useThrottled } from "../lib/data";
import { count, duration } from "../lib/format";
import { onLive } from "../lib/live";
import { href } from "../lib/route";
import { Bones, CopyButton, Empty, Time, Trouble } from "../ui/parts";
import { StatusBadge } from "../ui/Status";
import { Executions } from "./Executions";

const PARTS = [
  { name: "succeeded", tone: "ok" },
  { name: "running", tone: "run" },
  { name: "failed", tone: "bad" },
  { name: "timedOut", tone: "bad" },
  { name: "aborted", tone: "idle" },
  { name: "pending", tone: "none" },
] as const;

export function MapRunPage({ arn, query }: { arn: string; query: URLSearchParams }) {
  const machine = machineArn(arn);
  const run = useData(`mapRun ${arn}`, (signal) => states<MapRun>("DescribeMapRun", { mapRunArn: arn }, signal));
  const parent = run.data?.executionArn;
  useCrumbs([
    { name: "State machines", href: href(["machines"]) },
    { name: machine.split(":").pop()!, href: href(["machines", machine]) },
    ...(parent ? [{ name: parent.split(":")[7] ?? parent, href: href(["executions", parent]) }] : []),
    { name: "Map run" },
  ]);
  const refresh = useThrottled(run.reload, 600);
  useEffect(() => onLive("runs", (news) => void ((!news.executions || news.executions.some((each) => each.mapRunArn === arn || each.executionArn === parent)) && refresh())));
  const now = useNow(run.data?.status === "RUNNING");
  if (run.failure && !run.data) return <div className="page"><div className="card"><Trouble failure={run.failure} what="map run" onRetry={run.reload} /></div></div>;
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles">
          <div className="row"><h1>Map run</h1>{run.data && <StatusBadge status={run.data.status} />}</div>
          <div className="row faint" style={{ gap: 2 }}><code className="clip">{arn}</code><CopyButton text={arn} label="Copy the ARN" /></div>
        </div>
      </div>
      {!run.data ? <div className="card"><Bones /></div> : (
        <section className="card" aria-label="Summary">
          <dl className="summary">
            <div><dt>Duration</dt><dd className="num"><strong>{duration((run.data.stopDate ?? now) - run.data.startDate)}</strong></dd></div>
            <div><dt>Started</dt><dd><Time at={run.data.startDate} /></dd></div>
            <div><dt>Items</dt><dd className="num">{count(run.data.itemCounts.total)}</dd></div>
            <div><dt>Concurrency</dt><dd className="num">{run.data.maxConcurrency || "No limit"}</dd></div>
            <div><dt>Tolerated failures</dt><dd className="num">{run.data.toleratedFailureCount} or {run.data.toleratedFailurePercentage} %</dd></div>
            {PARTS.map(({ name }) => <div key={name}><dt>{name === "timedOut" ? "Timed out" : name.charAt(0).toUpperCase() + name.slice(1)}</dt><dd className="num">{count(run.data!.itemCounts[name])}</dd></div>)}
          </dl>
          <div style={{ display: "flex", height: 8, gap: 1, margin: "0 16px 14px", borderRadius: 4, overflow: "hidden", background: "var(--idle-bg)" }} aria-hidden>
            {PARTS.map(({ name, tone }) => run.data!.itemCounts[name] > 0 && <span key={name} style={{ flex: run.data!.itemCounts[name], background: tone === "none" ? "none" : `var(--${tone}-line)` }} />)}
          </div>
        </section>
      )}
      <Executions whose={{ mapRunArn: arn }} machines={[machine, `${machine}/${arn.split("/")[1]?.split(":")[0]}`]} status={query.get("status") ?? ""} empty={<Empty icon="list" title="No child executions yet" />} />
    </div>
  );
}
