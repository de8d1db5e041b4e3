// Two executions side by side: where they parted, what took how long, and what differs in each state.

import { useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { ask } from "../aws/client";
import type { Runs, Status } from "../aws/types";
import { machineArn, readArn } from "../lib/arn";
import { useData } from "../lib/data";
import { duration, plural } from "../lib/format";
import { href, setQuery } from "../lib/route";
import { useRows } from "../lib/rows";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Segments, Trouble } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";
import { Differences } from "./Differences";

interface Visit {
  event: number;
  name: string;
  type: string;
  depth: number;
  items: number[];
  duration: number | null;
  attempts: number;
  status: string;
  error: string | null;
}
interface Row {
  left: Visit | null;
  right: Visit | null;
  differs?: string[];
}
interface Side {
  arn: string;
  name: string;
  status: Status;
  started: number;
  stopped?: number;
  input?: string;
  output?: string;
}
interface Parted {
  what: string;
  before: string | null;
  left: number | null;
  right: number | null;
  leftName: string | null;
  rightName: string | null;
}
interface Comparison {
  left: Side;
  right: Side;
  path: Parted | null;
  data: Parted | null;
  same: number;
  sameDefinition: boolean;
  rows: Row[];
  more: number;
}

const ROW = 38;
const WHICH = [{ id: "all", name: "All states" }, { id: "differing", name: "Only what differs" }] as const;

export function ComparePage({ query }: { query: URLSearchParams }) {
  const [left, right] = [query.get("left") ?? "", query.get("right") ?? ""];
  const machine = left ? machineArn(left) : "";
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, ...(left ? [{ name: machine.split(":").pop()!, href: href(["machines", machine]) }] : []), { name: "Compare" }]);
  const found = useData(left && right ? `compare ${left} ${right}` : null, (signal) => ask<Comparison>("compare", { left, right }, signal));
  return (
    <div className="page fill">
      <div className="page-head"><div className="titles"><h1>Compare executions</h1></div></div>
      <section className="card compare-sides" aria-label="Executions">
        <Choose side="left" arn={left} machine={machine} found={found.data?.left} />
        <button type="button" className="btn icon" aria-label="Swap" title="Swap" onClick={() => setQuery({ left: right, right: left })} disabled={!right}><Icon name="retry" size={14} /></button>
        <Choose side="right" arn={right} machine={machine} found={found.data?.right} />
      </section>
      {!left || !right ? <div className="card"><Empty icon="branch" title={left || right ? "Choose another execution" : "Choose two executions"}><p>{left ? "Pick one of the same machine, or paste the ARN of any." : "Paste their ARNs. On the page of an execution, Compare begins with that one."}</p></Empty></div>
        : found.failure && !found.data ? <div className="card"><Trouble failure={found.failure} what="comparison" onRetry={found.reload} /></div>
        : !found.data ? <div className="card"><Bones rows={10} /></div>
        : <Result found={found.data} query={query} />}
    </div>
  );
}

function Choose({ side, arn, machine, found }: { side: "left" | "right"; arn: string; machine: string; found: Side | undefined }) {
  const runs = useData(machine ? `runs to compare ${machine}` : null, (signal) => ask<{ machines: Record<string, Runs> }>("runs", { machines: [machine], recent: 100 }, signal));
  const recent = runs.data?.machines[machine]?.recent ?? [];
  const known = recent.some((run) => run.executionArn === arn);
  return (
    <div className="compare-side">
      <label className="field"><span className="soft">{side === "left" ? "Left" : "Right"}</span>
        <select className="input" value={known ? arn : ""} onChange={(event) => setQuery({ [side]: event.target.value })}>
          <option value="">{arn && !known ? arn.split(":").pop() : "Choose…"}</option>
          {recent.map((run) => <option key={run.executionArn} value={run.executionArn}>{run.name} · {look(run.status).word}</option>)}
        </select>
      </label>
      <input className="input mono" placeholder="or paste an ARN" aria-label={`ARN, ${side}`} value={arn} onChange={(event) => (event.target.value === "" || readArn(event.target.value)?.kind === "execution") && setQuery({ [side]: event.target.value.trim() })} />
      {found && <p className="row wrap"><StatusBadge status={found.status} /><span className="num">{found.stopped ? duration(found.stopped - found.started) : "running"}</span><a href={href(["executions", found.arn])}>Open</a></p>}
    </div>
  );
}

function Result({ found, query }: { found: Comparison; query: URLSearchParams }) {
  const which = query.get("show") === "all" ? "all" : "differing";
  const rows = which === "all" ? found.rows : found.rows.filter((row) => !row.differs || row.differs.length > 0);
  const [left, right] = (query.get("pair") ?? "").split(":").map(Number);
  const chosen = found.rows.find((row) => (row.left?.event ?? 0) === left && (row.right?.event ?? 0) === right);
  return (
    <>
      <section className={`banner ${found.path || found.data ? "warn" : "fine"}`} aria-label="Result">
        <Icon name={found.path ? "branch" : found.data ? "alert" : "check"} />
        <div className="grow stack" style={{ gap: 4 }}>
          <h2>{found.path ? said(found.path) : found.data ? "Both went the same way, with different data" : "Both went the same way, with the same data"}</h2>
          <p>{found.path && `${plural(found.same, "state")} went alike before. `}{found.data && `Data first differs in the ${found.data.what} of ${found.data.leftName ?? "the execution"}. `}{!found.sameDefinition && "The definitions differ, too."}</p>
        </div>
      </section>
      <div className="execution">
        <section className="card" aria-label="States">
          <div className="card-head"><Segments options={WHICH} value={which} onChange={(id) => setQuery({ show: id === "all" ? "all" : null })} label="Which states" /><span className="grow" /><span className="faint num">{plural(rows.length, "row")}{found.more ? ` of ${rows.length + found.more}` : ""}</span></div>
          <div className="fill-scroll">{rows.length ? <Rows rows={rows} path={found.path} chosen={chosen} /> : <Empty icon="check" title="No state differs" />}</div>
        </section>
        <section className="card" aria-label="Differences"><div className="step-body">{chosen ? <Pair found={found} row={chosen} /> : <Whole found={found} />}</div></section>
      </div>
    </>
  );
}

function said(path: Parted): string {
  const after = path.before ? `after ${path.before}` : "at the start";
  if (path.what === "state") return `The ways part ${after}: ${path.leftName ?? "the end"} on the left, ${path.rightName ?? "the end"} on the right`;
  if (path.what === "end") return "The same states, but another end";
  return `${path.leftName ?? path.rightName} went otherwise: its ${path.what} ${/[^u]s$/.test(path.what) ? "differ" : "differs"}`;
}

function Rows({ rows, path, chosen }: { rows: Row[]; path: Parted | null; chosen: Row | undefined }) {
  const { host, first, last, before, after } = useRows<HTMLTableSectionElement>(rows.length, ROW);
  const longest = Math.max(0.001, ...rows.flatMap(({ left, right }) => [left?.depth === 0 ? (left.duration ?? 0) : 0, right?.depth === 0 ? (right.duration ?? 0) : 0]));
  return (
    <table className="table fixed-rows compare">
      <thead><tr><th>Left</th><th className="end">Took</th><th>Right</th><th className="end">Took</th><th>Differs</th></tr></thead>
      <tbody ref={host}>
        {before > 0 && <tr aria-hidden style={{ height: before }}><td colSpan={5} /></tr>}
        {rows.slice(first, last).map((row, index) => {
          const pick = () => setQuery({ pair: `${row.left?.event ?? 0}:${row.right?.event ?? 0}` });
          const parts = path && (path.left ?? 0) === (row.left?.event ?? 0) && (path.right ?? 0) === (row.right?.event ?? 0);
          return (
            <tr key={first + index} style={{ height: ROW }} className={`link-row ${parts ? "parted" : ""}`} aria-selected={row === chosen} onClick={pick}>
              <Cell visit={row.left} onPick={pick} /><Took visit={row.left} longest={longest} />
              <Cell visit={row.right} onPick={row.left ? null : pick} /><Took visit={row.right} longest={longest} />
              <td className="nowrap" title={row.differs?.join(", ")}>{parts && <span className="badge">parted here</span>} {row.differs?.map((each) => <span key={each} className="badge">{each}</span>)}{!row.differs && !parts && <span className="faint">only {row.left ? "left" : "right"}</span>}</td>
            </tr>
          );
        })}
        {after > 0 && <tr aria-hidden style={{ height: after }}><td colSpan={5} /></tr>}
      </tbody>
    </table>
  );
}

function Cell({ visit, onPick }: { visit: Visit | null; onPick: (() => void) | null }) {
  if (!visit) return <td className="faint">—</td>;
  const { tone, icon, word } = look(visit.status);
  const name = <>{visit.name}{visit.items.length > 0 && <span className="faint num"> [{visit.items.join("][")}]</span>}</>;
  return (
    <td>
      <span className="row" style={{ paddingLeft: visit.depth * 14 }}>
        <span className={`g-icon i-${tone}`}><Icon name={icon} size={13} label={word} /></span>
        {onPick ? <button type="button" className="linkish clip" onClick={onPick}>{name}</button> : <span className="clip">{name}</span>}
      </span>
    </td>
  );
}

function Took({ visit, longest }: { visit: Visit | null; longest: number }) {
  return <td className="tight end num">{visit?.duration == null ? "" : <span className="took">{duration(visit.duration)}<i style={{ width: `${Math.min(100, (visit.duration / longest) * 100)}%` }} /></span>}</td>;
}

function Whole({ found }: { found: Comparison }) {
  return (
    <>
      <h2>Whole executions</h2>
      <p className="faint">Choose a state to see what differs in it.</p>
      <Differences before={found.left.input} after={found.right.input} label="Input, left to right" />
      <Differences before={found.left.output} after={found.right.output} label="Output, left to right" />
    </>
  );
}

interface Data {
  input: string;
  output: string | null;
  variables: string;
}

function Pair({ found, row }: { found: Comparison; row: Row }) {
  const { left, right } = row;
  const data = (side: Side, visit: Visit | null) => useData(visit ? `visit ${side.arn} ${visit.event}` : null, (signal) => ask<Data>(`visit?execution=${encodeURIComponent(side.arn)}&event=${visit!.event}`, undefined, signal)).data;
  const [one, other] = [data(found.left, left), data(found.right, right)];
  const [part, setPart] = useState<"input" | "output" | "variables">("input");
  return (
    <>
      <div className="row"><h2 className="grow clip">{left?.name ?? right?.name}</h2><button type="button" className="btn quiet icon small" aria-label="Close" onClick={() => setQuery({ pair: null })}><Icon name="cross" size={14} /></button></div>
      <p className="row wrap">{left && <a href={href(["executions", found.left.arn], { step: left.event })}>Step on the left</a>}{right && <a href={href(["executions", found.right.arn], { step: right.event })}>Step on the right</a>}</p>
      {(left?.error || right?.error) && <p className="break">Error: {left?.error ?? "none"} → {right?.error ?? "none"}</p>}
      {left && right && left.name === right.name ? (
        <>
          <Segments options={[{ id: "input", name: "Input" }, { id: "output", name: "Output" }, { id: "variables", name: "Variables" }] as const} value={part} onChange={setPart} label="What" />
          {one && other ? <Differences before={one[part] ?? undefined} after={other[part] ?? undefined} label={`${part.charAt(0).toUpperCase()}${part.slice(1)}, left to right`} /> : <Bones rows={3} />}
        </>
      ) : <p className="soft">Here the ways have parted: there is no state to compare with.</p>}
    </>
  );
}
