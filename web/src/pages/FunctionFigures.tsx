// What a function did: invocations, durations, errors, cold starts; the latest invocations one by one.

import { useEffect } from "react";
import { functionFigures, RANGES, rangeOf, type FunctionFigures as Told } from "../aws/ledgers";
import { useData, useThrottled } from "../lib/data";
import { count, duration } from "../lib/format";
import { onLive } from "../lib/live";
import { href, setQuery } from "../lib/route";
import { ChartCard } from "../ui/Chart";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Segments, Time, Trouble } from "../ui/parts";

const INVOCATIONS = [{ id: "succeeded", name: "Succeeded", tone: "ok" }, { id: "failed", name: "Failed", tone: "bad" }, { id: "throttled", name: "Throttled", tone: "warn" }];
const DURATIONS = [{ id: "p50", name: "p50", tone: "one" }, { id: "p95", name: "p95", tone: "two" }];

export function FunctionFigures({ arn, query }: { arn: string; query: URLSearchParams }) {
  const range = rangeOf(query.get("range"));
  const found = useData(`function figures ${arn} ${range}`, (signal) => functionFigures(range, arn, signal));
  const refresh = useThrottled(found.reload, 1000);
  const group = `/aws/lambda/${arn.split(":")[6]}`;
  useEffect(() => onLive("functions", (news) => void ((news === null || news.includes(arn)) && refresh())));
  useEffect(() => onLive("figures", ({ slid }) => void (slid.includes(found.data?.step ?? 0) && refresh())));
  if (found.failure && !found.data) return <div className="card"><Trouble failure={found.failure} what="figures" onRetry={found.reload} /></div>;
  if (!found.data) return <div className="card"><Bones /></div>;
  const told = found.data;
  const own = told.functions[arn];
  return (
    <>
      <div className="row wrap"><p className="soft grow" style={{ minWidth: 240 }}>Durations are without waiting and cold start. CloudWatch has the same numbers.</p><Segments options={RANGES} value={range} onChange={(id) => setQuery({ range: id })} label="Range" /></div>
      <dl className="tiles">
        <div className="card tile"><dt>Invocations</dt><dd className="figure num">{count(own?.invocations ?? 0)}</dd></div>
        <div className="card tile"><dt>Failed</dt><dd className={`figure num ${own?.failed ? "bad" : ""}`}>{count(own?.failed ?? 0)}</dd></div>
        <div className="card tile"><dt>p50</dt><dd className="figure num">{own?.p50 == null ? "—" : duration(own.p50)}</dd></div>
        <div className="card tile"><dt>p95</dt><dd className="figure num">{own?.p95 == null ? "—" : duration(own.p95)}</dd></div>
        <div className="card tile"><dt>Cold starts</dt><dd className="figure num">{count(own?.cold ?? 0)}</dd></div>
        <div className="card tile"><dt>Throttled</dt><dd className="figure num">{count(own?.throttled ?? 0)}</dd></div>
        <div className="card tile"><dt>Workers now</dt><dd className="figure num">{count(told.workers)}</dd></div>
      </dl>
      <div className="halves">
        <ChartCard title="Invocations" bands={INVOCATIONS} points={told.buckets.map((each) => ({ at: each.at, values: { succeeded: each.invocations - each.failed, failed: each.failed, throttled: each.throttled } }))} step={told.step} kind="bars" measure="count" />
        <ChartCard title="Durations" bands={DURATIONS} points={told.buckets.map(({ at, p50, p95 }) => ({ at, values: { p50, p95 } }))} step={told.step} kind="lines" measure="duration" />
      </div>
      <Latest told={told} group={group} />
    </>
  );
}

function Latest({ told, group }: { told: Told; group: string }) {
  return (
    <section className="card" aria-labelledby="latest-title">
      <div className="card-head"><h2 id="latest-title" className="grow">Latest invocations</h2><a href={href(["logs", group])} className="row"><Icon name="log" size={14} />Log</a></div>
      {!told.latest.length ? <Empty icon="function" title="Not invoked since the server started"><p>Invoke it on the Test tab, or let a state machine do it.</p></Empty> : (
        <div className="scroll">
          <table className="table">
            <thead><tr><th>Ended</th><th>Outcome</th><th>Request</th><th>Version</th><th>Start</th><th className="end">Memory</th><th className="end">Duration</th></tr></thead>
            <tbody>
              {told.latest.map((each) => (
                <tr key={each.request_id + each.at}>
                  <td className="tight soft"><Time at={each.at} /></td>
                  <td className="tight">{each.status === "success" ? <span className="status tone-ok"><Icon name="check" size={13} />Succeeded</span> : <span className="status tone-bad"><Icon name={each.status === "timeout" ? "clock" : "cross"} size={13} />{each.status === "timeout" ? "Timed out" : each.error === null || each.error === "error" ? "Failed" : each.error}</span>}</td>
                  <td><a className="mono clip" href={href(["logs", group], { q: each.request_id, span: "all" })}>{each.request_id}</a></td>
                  <td className="tight soft">{each.version}</td>
                  <td className="tight soft">{each.init === null ? "Warm" : `Cold, ${duration(each.init / 1000)}`}</td>
                  <td className="tight end num soft">{each.used === null ? "—" : `${each.used} MB`}</td>
                  <td className="tight end num">{duration(each.duration / 1000)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
