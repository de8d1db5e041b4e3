// How executions fare over time: by status, how long they take, what goes wrong, where.

import { useEffect } from "react";
import { useCrumbs } from "../app/crumbs";
import { activity, ENDED, RANGES, rangeOf, type Activity, type Ended } from "../aws/ledgers";
import { useData, useThrottled } from "../lib/data";
import { count, duration, moment } from "../lib/format";
import { onLive } from "../lib/live";
import { href, setQuery } from "../lib/route";
import { place, zone } from "../lib/settings";
import { useStore } from "../lib/store";
import { ChartCard, type Point } from "../ui/Chart";
import { Icon } from "../ui/Icon";
import { Bones, Segments, Trouble } from "../ui/parts";
import { look, StatusCounts } from "../ui/Status";
import { NoMachines, useMachines } from "./machines-data";

const STATUSES = ENDED.map((id) => ({ id, name: look(id).word, tone: { SUCCEEDED: "ok", FAILED: "bad", TIMED_OUT: "warn", ABORTED: "idle" }[id] }));
const DURATIONS = [{ id: "p50", name: "Half are faster (p50)", tone: "one" }, { id: "p95", name: "95 % are faster (p95)", tone: "two" }];

export function DashboardPage({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Dashboard" }]);
  const where = useStore(place);
  const zoned = useStore(zone);
  const range = rangeOf(query.get("range"));
  const machine = query.get("machine") ?? "";
  const machines = useMachines();
  const found = useActivity(range, machine || where);
  const told = found.data;
  const total = told ? sum(told) : 0;
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles"><h1>Dashboard</h1><p className="soft">{told ? <>Executions that ended since {moment(told.since, zoned, false).slice(0, 16)}{told.countedTo !== null && ". Still counting"}</> : "\u00a0"}</p></div>
        <div className="actions">
          <select className="input" style={{ width: 220 }} aria-label="State machine" value={machine} onChange={(event) => setQuery({ machine: event.target.value })}>
            <option value="">All state machines</option>
            {(machines.data ?? []).filter(({ type }) => type !== "EXPRESS").map(({ stateMachineArn, name }) => <option key={stateMachineArn} value={stateMachineArn}>{name}</option>)}
          </select>
          <Segments options={RANGES} value={range} onChange={(id) => setQuery({ range: id })} label="Range" />
        </div>
      </div>
      {machines.data?.length === 0 ? (
        <div className="card"><NoMachines /></div>
      ) : found.failure && !told ? (
        <div className="card"><Trouble failure={found.failure} what="dashboard" onRetry={found.reload} /></div>
      ) : !told ? (
        <div className="card"><Bones rows={8} /></div>
      ) : (
        <>
          <Tiles told={told} total={total} />
          <Charts told={told} />
          <div className="halves">
            <TopErrors told={told} machine={machine} />
            <Machines told={told} />
          </div>
        </>
      )}
    </div>
  );
}

/** The figures, asked for again when the server says that they have changed: something ended, was counted, or the span slid on. */
export function useActivity(range: Parameters<typeof activity>[0], of: Parameters<typeof activity>[1]) {
  const key = typeof of === "string" ? of : `${of.region} ${of.account}`;
  const found = useData(`activity ${range} ${key}`, (signal) => activity(range, of, signal));
  const refresh = useThrottled(found.reload, 2000);
  useEffect(() => onLive("runs", (news) => void ((typeof of !== "string" || news.machines.includes(of)) && refresh())));
  useEffect(() => onLive("figures", ({ slid, counted }) => void ((counted || slid.includes(found.data?.step ?? 0)) && refresh())));
  return found;
}

export function Charts({ told }: { told: Activity }) {
  const counts: Point[] = told.buckets.map(({ at, counts: values }) => ({ at, values }));
  const durations: Point[] = told.buckets.map(({ at, p50, p95 }) => ({ at, values: { p50, p95 } }));
  return (
    <div className="halves">
      <ChartCard title="Ended executions" bands={STATUSES} points={counts} step={told.step} kind="bars" measure="count" />
      <ChartCard title="Durations" bands={DURATIONS} points={durations} step={told.step} kind="lines" measure="duration" />
    </div>
  );
}

function Tiles({ told, total }: { told: Activity; total: number }) {
  const { counts, p50, p95 } = told.total;
  const bad = counts.FAILED + counts.TIMED_OUT;
  return (
    <dl className="tiles">
      <div className="card tile"><dt>Running now</dt><dd className="figure num">{count(told.running)}</dd></div>
      <div className="card tile"><dt>Ended</dt><dd className="figure num">{count(total)}</dd></div>
      <div className="card tile"><dt>Succeeded</dt><dd className="figure num">{total ? `${percent(counts.SUCCEEDED / total)} %` : "—"}</dd></div>
      <div className="card tile"><dt>Failed or timed out</dt><dd className={`figure num ${bad ? "bad" : ""}`}>{count(bad)}</dd></div>
      <div className="card tile"><dt>Median duration</dt><dd className="figure num">{p50 === null ? "—" : duration(p50)}</dd></div>
      <div className="card tile"><dt>95th percentile</dt><dd className="figure num">{p95 === null ? "—" : duration(p95)}</dd></div>
      <div className="card tile"><dt>Throttled invocations</dt><dd className="figure num">{count(told.throttled)}</dd></div>
    </dl>
  );
}

/** 99.95 % must not read as 100 %. */
function percent(share: number): string {
  const value = Math.floor(share * 1000) / 10;
  return value % 1 ? value.toFixed(1) : String(value);
}

function TopErrors({ told, machine }: { told: Activity; machine: string }) {
  const most = told.errors[0]?.count ?? 1;
  return (
    <section className="card" aria-labelledby="top-errors">
      <div className="card-head"><h2 id="top-errors">Top errors</h2></div>
      {!told.errors.length ? <p className="faint padded row"><Icon name="check" size={14} />No errors in this time.</p> : (
        <table className="table">
          <thead><tr><th>Error</th><th><span className="sr">Share</span></th><th className="end">Executions</th></tr></thead>
          <tbody>
            {told.errors.map(({ error, count: times }) => (
              <tr key={error}>
                <td className="break">{machine ? <a href={href(["machines", machine], { error })}>{error}</a> : error}</td>
                <td style={{ width: "30%" }}><span className="share" aria-hidden><i style={{ width: `${(100 * times) / most}%` }} /></span></td>
                <td className="tight end num">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Machines({ told }: { told: Activity }) {
  return (
    <section className="card" aria-labelledby="by-machine">
      <div className="card-head"><h2 id="by-machine">By state machine</h2></div>
      {!told.machines.length ? <p className="faint padded">Nothing has ended in this time. Choose a longer range, or <a href={href(["machines"])}>start an execution</a>.</p> : (
        <div className="scroll">
          <table className="table">
            <thead><tr><th>State machine</th><th>Ended</th><th className="end">p50</th><th className="end">p95</th></tr></thead>
            <tbody>
              {told.machines.map(({ machine, counts, p50, p95 }) => (
                <tr key={machine}>
                  <td className="name"><a href={href(["machines", machine])}>{machine.split(":")[6]}</a></td>
                  <td className="tight"><StatusCounts counts={{ RUNNING: 0, ...counts }} /></td>
                  <td className="tight end num">{p50 === null ? "—" : duration(p50)}</td>
                  <td className="tight end num">{p95 === null ? "—" : duration(p95)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function sum({ total }: Activity): number {
  return ENDED.reduce((all: number, status: Ended) => all + total.counts[status], 0);
}
