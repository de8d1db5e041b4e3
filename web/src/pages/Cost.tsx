// What a workflow costs on AWS: reckoned from its definition, or measured in executions.

import { useState } from "react";
import { ask } from "../aws/client";
import { useData } from "../lib/data";
import { duration, plural } from "../lib/format";
import { Bones, Empty, Segments, Trouble } from "../ui/parts";

interface Way { way: "STANDARD" | "EXPRESS" | "MIXED"; possible: boolean; why?: string; transitions: number; requests: number; gbSeconds: number; functionRequests: number; functions: number; run: number; million: number; month: number; expressChildren?: { states: string[]; perExecution: number; seconds: number; memory: number }[] }
interface Used { name: string; type: string; entered: number; retries: number; seconds: number; within?: string; workflow: number; functions: number }
interface Estimate { region: string; pricesOf: string; basis: { executions?: number }; cheapest: string; ways: Way[]; states: Used[]; notes: string[]; regions: Record<string, string> }

const NAMES = { STANDARD: "Standard", EXPRESS: "Express", MIXED: "Mixed" };
const BASES = [{ id: "measured", name: "Measured" }, { id: "reckoned", name: "From the definition" }] as const;
const MONTHLY = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/** `executions` are those that have ended; without any the definition is reckoned. */
export function Cost({ definition, executions, choice = false }: { definition: string | undefined; executions: string[]; choice?: boolean }) {
  const [basis, setBasis] = useState<(typeof BASES)[number]["id"]>("measured");
  const [region, setRegion] = useState("");
  const [monthly, setMonthly] = useState(100_000);
  const measured = basis === "measured" ? executions : [];
  const key = definition === undefined ? null : `cost ${measured.join()} ${region} ${monthly} ${definition.length}`;
  const found = useData(key, (signal) => ask<Estimate>("cost", { definition, executions: measured, runs: monthly, ...(region && { region }) }, signal));
  const told = found.data;
  if (found.failure && !told) return <Trouble failure={found.failure} what="cost" onRetry={found.reload} />;
  if (!told) return <Bones />;
  if (!told.states.length) return <Empty icon="list" title="Nothing to count"><p>No state was entered.</p></Empty>;
  const total = told.states.reduce((sum, state) => sum + state.workflow + state.functions, 0) || 1;
  return (
    <>
      <div className="row wrap" style={{ padding: "12px 14px", gap: 12 }}>
        {choice && executions.length > 0 && <Segments options={BASES} value={basis} onChange={setBasis} label="Basis" />}
        <select className="input" style={{ width: "auto" }} aria-label="Region of the prices" value={told.region} onChange={(event) => setRegion(event.target.value)}>
          {Object.entries(told.regions).map(([id, name]) => <option key={id} value={id}>{name}</option>)}
        </select>
        <select className="input" style={{ width: "auto" }} aria-label="Executions a month" value={monthly} onChange={(event) => setMonthly(Number(event.target.value))}>
          {MONTHLY.map((runs) => <option key={runs} value={runs}>{runs.toLocaleString("en-US")} executions a month</option>)}
        </select>
        <span className="faint">{told.basis.executions ? `Measured in ${plural(told.basis.executions, "execution")}` : "Branches, items and durations are guesses; treadle cost --assume knows better"}. Prices of {told.pricesOf}, US dollars.</span>
      </div>
      <table className="table">
        <thead><tr><th>As</th><th className="end">One execution</th><th className="end">A million</th><th className="end">A month</th><th className="end">Lambda's part</th></tr></thead>
        <tbody>{told.ways.map((way) => <WayRow key={way.way} way={way} best={way.way === told.cheapest} />)}</tbody>
      </table>
      {told.ways.flatMap(({ expressChildren }) => expressChildren ?? []).slice(0, 4).map((child) => (
        <p key={child.states[0]} className="soft" style={{ padding: "8px 14px 0" }}>Mixed: <strong>{child.states.slice(0, 5).join(", ")}</strong>{child.states.length > 5 && ` and ${child.states.length - 5} more`} as an Express child, {few(child.perExecution)} × {duration(child.seconds)}, {child.memory} MB</p>
      ))}
      <table className="table" style={{ marginTop: 12 }}>
        <thead><tr><th>State, as Standard</th><th>Type</th><th className="end">Entered</th><th className="end">Retries</th><th className="end">Each</th><th className="end">A million</th><th style={{ width: "18%" }}>Share</th></tr></thead>
        <tbody>
          {told.states.map((state) => {
            const price = state.workflow + state.functions;
            return (
              <tr key={`${state.within ?? ""}/${state.name}`}>
                <td className="name break">{state.name}{state.within && <span className="faint"> in {state.within}</span>}</td>
                <td className="tight soft">{state.type}</td>
                <td className="tight end num">{few(state.entered)}</td>
                <td className="tight end num soft">{state.retries ? few(state.retries) : "—"}</td>
                <td className="tight end num soft">{state.seconds ? duration(state.seconds) : "—"}</td>
                <td className="tight end num">${money(price * 1e6)}</td>
                <td><div aria-hidden style={{ height: 6, borderRadius: 3, background: "var(--accent)", width: `${Math.max(1, (100 * price) / total)}%`, opacity: price ? 1 : 0 }} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {told.notes.length > 0 && <ul className="faint" style={{ padding: "4px 14px 12px 30px", margin: 0 }}>{told.notes.map((note) => <li key={note}>{note}</li>)}</ul>}
    </>
  );
}

function WayRow({ way, best }: { way: Way; best: boolean }) {
  if (!way.possible) return <tr><td className="name">{NAMES[way.way]}</td><td colSpan={4} className="faint">{way.why}</td></tr>;
  const counted = [[way.transitions, "transition"], [way.requests, "request"]] as const;
  return (
    <tr>
      <td className="name">
        {NAMES[way.way]}{best && <span className="badge" style={{ marginLeft: 8, color: "var(--ok)", background: "var(--ok-bg)" }}>cheapest</span>}
        <div className="faint" style={{ fontWeight: 400, fontSize: "var(--t-s)" }}>{[...counted.filter(([number]) => number > 0).map(([number, noun]) => `${few(number)} ${noun}${number === 1 ? "" : "s"}`), ...(way.gbSeconds ? [`${few(way.gbSeconds)} GB-s`] : [])].join(", ")}</div>
      </td>
      <td className="tight end num">${money(way.run)}</td>
      <td className="tight end num">${money(way.million)}</td>
      <td className="tight end num"><strong>${money(way.month)}</strong></td>
      <td className="tight end num soft">{way.run ? `${Math.round((100 * way.functions) / way.run)} %` : "—"}</td>
    </tr>
  );
}

/** Dollars with as many digits as say something. */
function money(value: number): string {
  if (value >= 0.01 || value <= 0) return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return value.toFixed(Math.min(10, 2 - Math.floor(Math.log10(value))));
}

/** A count: whole where it is large, three figures where it is not. */
function few(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}
