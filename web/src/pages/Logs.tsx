// Logs: of a log group, or of everything that an execution called; filtered, by level, followed as they come.

import { useEffect, useMemo, useRef, useState } from "react";
import { useCrumbs } from "../app/crumbs";
import { states } from "../aws/client";
import { uses } from "../aws/ledgers";
import type { Execution, Machine } from "../aws/types";
import { machineArn, placeOf, type Place } from "../lib/arn";
import { useData, useThrottled } from "../lib/data";
import { clock, moment, plural, size } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { place, zone } from "../lib/settings";
import { useStore } from "../lib/store";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Empty, Filter, Time, Trouble } from "../ui/parts";
import { groups, joined, LEVELS, level, lines, MOST, unfolded, type Level, type LogGroup, type LogLine } from "./logs-data";

export function LogsPage({ group, query }: { group: string | undefined; query: URLSearchParams }) {
  const execution = query.get("execution");
  if (execution) return <ExecutionLogs arn={execution} query={query} />;
  return group ? <GroupLogs group={group} query={query} /> : <Groups query={query} />;
}

function Groups({ query }: { query: URLSearchParams }) {
  useCrumbs([{ name: "Logs" }]);
  const where = useStore(place);
  const found = useData(`log groups ${where.region} ${where.account}`, (signal) => groups(where, signal));
  const refresh = useThrottled(found.reload, 2000);
  useEffect(() => onLive("logs", (news) => void ((news === null || news.some(({ group }) => !found.data?.some(({ logGroupName }) => logGroupName === group))) && refresh())));
  const text = (query.get("q") ?? "").toLowerCase();
  const shown = (found.data ?? []).filter(({ logGroupName }) => logGroupName.toLowerCase().includes(text));
  return (
    <div className="page">
      <div className="page-head">
        <div className="titles"><h1>Logs</h1><p className="soft">{found.data ? `${plural(found.data.length, "log group")} in ${where.region}` : "\u00a0"}</p></div>
        {Boolean(found.data?.length) && <div className="actions"><Filter value={query.get("q") ?? ""} onChange={(q) => setQuery({ q })} label="Find a log group" /></div>}
      </div>
      <div className="card scroll">
        {found.failure && !found.data ? <Trouble failure={found.failure} what="list" onRetry={found.reload} /> : !found.data ? <Bones rows={6} height={28} /> : !found.data.length ? (
          <Empty icon="list" title="Nothing has written a log yet">
            <p>Functions write to <code>/aws/lambda/NAME</code> as soon as they are invoked. State machines write where their logging configuration says; Express ones have nothing else that tells of their runs.</p>
          </Empty>
        ) : !shown.length ? <Empty icon="search" title="No log group has this name"><button type="button" className="btn" onClick={() => setQuery({ q: null })}>Clear the search</button></Empty> : (
          <table className="table">
            <thead><tr><th>Log group</th><th>Writes here</th><th className="end">Stored</th><th>Retention</th><th>Created</th></tr></thead>
            <tbody>{shown.map((each) => <GroupRow key={each.logGroupName} group={each} />)}</tbody>
          </table>
        )}
      </div>
    </div>
  );
}

function GroupRow({ group: { logGroupName, storedBytes, retentionInDays, creationTime } }: { group: LogGroup }) {
  const to = href(["logs", logGroupName]);
  const name = functionOf(logGroupName);
  return (
    <tr className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a, button") && go(to)}>
      <td className="name"><a href={to} className="break">{logGroupName}</a></td>
      <td className="tight soft">{name ? <a href={href(["functions", name])}>Function {name}</a> : "—"}</td>
      <td className="tight end num soft">{storedBytes === undefined ? "—" : size(storedBytes)}</td>
      <td className="tight soft">{retentionInDays ? plural(retentionInDays, "day") : "Kept"}</td>
      <td className="tight soft"><Time at={creationTime / 1000} relative /></td>
    </tr>
  );
}

const SPANS = [
  { id: "15m", name: "Last 15 minutes", seconds: 900 },
  { id: "1h", name: "Last hour", seconds: 3600 },
  { id: "24h", name: "Last day", seconds: 86_400 },
  { id: "7d", name: "Last 7 days", seconds: 7 * 86_400 },
  { id: "all", name: "Everything", seconds: Infinity },
] as const;

function GroupLogs({ group, query }: { group: string; query: URLSearchParams }) {
  useCrumbs([{ name: "Logs", href: href(["logs"]) }, { name: group }]);
  const where = useStore(place);
  const span = SPANS.find(({ id }) => id === query.get("span")) ?? SPANS[1];
  const name = functionOf(group);
  const found = useFollowed(`${where.region} ${where.account} ${group} ${span.id}`, [group], where, () => (span.seconds === Infinity ? 0 : Date.now() - span.seconds * 1000), null);
  return (
    <div className="page fill">
      <div className="page-head">
        <div className="titles"><h1 className="break">{group}</h1>{name && <p><a href={href(["functions", name])} className="row"><Icon name="function" size={14} />Function {name}</a></p>}</div>
        <div className="actions">
          <select className="input" style={{ width: 180 }} aria-label="Time" value={span.id} onChange={(event) => setQuery({ span: event.target.value })}>
            {SPANS.map(({ id, name: title }) => <option key={id} value={id}>{title}</option>)}
          </select>
        </div>
      </div>
      <Lines found={found} query={query} what="log group" many={false} none={`Nothing was written here${span.seconds === Infinity ? "" : " in this time"}. New lines appear by themselves.`} />
    </div>
  );
}

function ExecutionLogs({ arn, query }: { arn: string; query: URLSearchParams }) {
  const name = arn.split(":")[7] ?? arn;
  const machine = machineArn(arn);
  useCrumbs([{ name: "State machines", href: href(["machines"]) }, { name: machine.split(":")[6]!, href: href(["machines", machine]) }, { name, href: href(["executions", arn]) }, { name: "Logs" }]);
  const run = useData(`execution logs ${arn}`, async (signal) => {
    const [execution, described, used] = await Promise.all([
      states<Execution>("DescribeExecution", { executionArn: arn }, signal),
      states<Machine>("DescribeStateMachineForExecution", { executionArn: arn }, signal),
      uses(machine, signal),
    ]);
    const functions = (used[machine] ?? []).filter(({ service }) => service === "lambda").map(({ resource }) => (resource.startsWith("arn:") ? resource.split(":")[6]! : resource.split(":")[0]!));
    const own = described.loggingConfiguration?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn.split(":")[6];
    return { execution, groups: [...new Set([...functions.map((each) => `/aws/lambda/${each}`), ...(own ? [own] : [])])], own };
  });
  const data = run.data;
  const found = useFollowed(data ? `execution ${arn} ${data.execution.status}` : null, data?.groups ?? [], placeOf(arn), () => (data?.execution.startDate ?? 0) * 1000 - 100, data?.execution.stopDate ? data.execution.stopDate * 1000 + 2000 : null, (line) => line.group !== data?.own || line.message.includes(name));
  return (
    <div className="page fill">
      <div className="page-head">
        <div className="titles"><h1 className="break">Logs of {name}</h1><p className="soft">What its functions{data?.own ? " and its state machine" : ""} wrote while it ran. Others may have called the same functions then.</p></div>
        <div className="actions"><a className="btn" href={href(["executions", arn])}><Icon name="graph" size={14} />Execution</a></div>
      </div>
      {run.failure && !data ? <div className="card"><Trouble failure={run.failure} what="execution" onRetry={run.reload} /></div> : data && !data.groups.length ? (
        <div className="card"><Empty icon="list" title="Nothing that it calls writes a log"><p>The state machine calls no functions by name, and its logging is off.</p></Empty></div>
      ) : <Lines found={found} query={query} what="log" many none="Nothing was written while it ran." />}
    </div>
  );
}

interface Followed {
  lines: LogLine[] | undefined;
  cut: boolean;
  failure: ReturnType<typeof useData>["failure"];
  reload: () => void;
}

/** Lines of groups from a time on; what is pushed later is read after the last line that is known. */
function useFollowed(key: string | null, of: string[], where: Place | null, from: () => number, to: number | null, fits: (line: LogLine) => boolean = () => true): Followed {
  const read = async (start: number, signal: AbortSignal) => {
    const all = await Promise.all(of.map((group) => lines(group, where, start, to, signal).catch((problem: { missing?: boolean }) => {
      if (problem.missing && of.length > 1) return { lines: [], cut: false };
      throw problem;
    })));
    return { lines: all.flatMap((each) => each.lines).filter(fits).sort((one, other) => one.timestamp - other.timestamp), cut: all.some(({ cut }) => cut) };
  };
  const first = useData(key === null ? null : `lines ${key}`, (signal) => read(from(), signal));
  const [more, setMore] = useState<{ key: string | null; base: unknown; lines: LogLine[] }>({ key: null, base: null, lines: [] });
  const known = more.key === key && more.base === first.data ? more.lines : (first.data?.lines ?? []);
  const follow = useThrottled(() => {
    if (!first.data) return;
    const base = first.data;
    // Events of several workers come a little out of order.
    void read((known.at(-1)?.timestamp ?? from()) - 3000, new AbortController().signal).then((fresh) => setMore({ key, base, lines: joined(known, fresh.lines) }), () => undefined);
  }, 400);
  useEffect(() => onLive("logs", (news) => void (to === null && (news === null || news.some(({ group }) => of.includes(group))) && follow())));
  return { lines: first.data ? known : undefined, cut: first.data?.cut ?? false, failure: first.failure, reload: first.reload };
}

function Lines({ found, query, what, many, none }: { found: Followed; query: URLSearchParams; what: string; many: boolean; none: string }) {
  const text = query.get("q") ?? "";
  const chosen = LEVELS.filter((each) => (query.get("level") ?? "").split(",").includes(each));
  const [following, setFollowing] = useState(true);
  const pane = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return (found.lines ?? []).filter(({ message }) => words.every((word) => message.toLowerCase().includes(word)) && (!chosen.length || chosen.includes(level(message))));
  }, [found.lines, text, chosen.join()]);
  const [first, setFirst] = useState(500);
  const visible = shown.slice(-first);
  useEffect(() => {
    if (following && pane.current) pane.current.scrollTop = pane.current.scrollHeight;
  }, [following, visible.length, visible.at(-1)]);
  const scrolled = () => {
    const box = pane.current!;
    setFollowing(box.scrollHeight - box.scrollTop - box.clientHeight < 40);
  };
  const toggle = (each: Level) => setQuery({ level: (chosen.includes(each) ? chosen.filter((other) => other !== each) : [...chosen, each]).join() });
  return (
    <section className="card log-card" aria-label="Lines">
      <div className="toolbar">
        <Filter value={text} onChange={(q) => setQuery({ q })} label="Filter the lines" />
        <div className="segments" role="group" aria-label="Level">
          {LEVELS.map((each) => <button key={each} type="button" aria-pressed={chosen.includes(each)} onClick={() => toggle(each)}><i className={`level l-${each}`} aria-hidden />{each[0]!.toUpperCase() + each.slice(1)}</button>)}
        </div>
        <span className="grow" />
        <span className="faint num" role="status">{found.lines ? (shown.length === found.lines.length ? plural(shown.length, "line") : `${shown.length} of ${plural(found.lines.length, "line")}`) : ""}</span>
        <button type="button" className="btn small" aria-pressed={following} onClick={() => setFollowing(!following)}><Icon name={following ? "stop" : "down"} size={12} />{following ? "Stop following" : "Follow"}</button>
        <CopyButton text={() => shown.map(({ message }) => message.replace(/\n$/, "")).join("\n")} label="Copy the lines" />
      </div>
      {found.cut && <p className="log-cut">More than {MOST} lines; these are the first of this time. Choose a shorter one to see the latest.</p>}
      {found.failure && !found.lines ? <Trouble failure={found.failure} what={what} onRetry={found.reload} /> : !found.lines ? <Bones rows={10} /> : !shown.length ? (
        <Empty icon="list" title={found.lines.length ? "No line fits the filter" : "No lines"}>{found.lines.length ? <button type="button" className="btn" onClick={() => setQuery({ q: null, level: null })}>Show all lines</button> : <p>{none}</p>}</Empty>
      ) : (
        <div className="log-lines" ref={pane} onScroll={scrolled} tabIndex={0} role="log" aria-live="off" aria-label="Log lines">
          {shown.length > visible.length && <button type="button" className="btn small" style={{ margin: 8 }} onClick={() => { setFollowing(false); setFirst(first + 2000); }}>Show {Math.min(2000, shown.length - visible.length)} earlier lines</button>}
          {visible.map((line, index) => <Line key={line.eventId ?? `${line.timestamp} ${index}`} line={line} many={many} dated={index === 0 || dayOf(visible[index - 1]!) !== dayOf(line)} />)}
        </div>
      )}
    </section>
  );
}

function Line({ line: { timestamp, message, group }, many, dated }: { line: LogLine; many: boolean; dated: boolean }) {
  const chosen = useStore(zone);
  const [open, setOpen] = useState(false);
  const whole = open ? unfolded(message) : null;
  const kind = level(message);
  const foldable = /^\s*(\{|\[\s*\{)/.test(message);
  return (
    <>
      {dated && <div className="log-day">{moment(timestamp / 1000, chosen).slice(0, 10)}</div>}
      <div className={`log-line l-${kind}`}>
        <span className="sr">{kind}: </span>
        <time className="num" dateTime={new Date(timestamp).toISOString()}>{clock(timestamp / 1000, chosen)}</time>
        {many && <span className="log-group clip" title={group}>{functionOf(group) ?? group}</span>}
        {foldable && <button type="button" className="fold" aria-expanded={open} aria-label={open ? "Fold" : "Unfold"} onClick={() => setOpen(!open)}><Icon name="right" size={11} /></button>}
        <pre>{whole ?? message.replace(/\n$/, "")}</pre>
      </div>
    </>
  );
}

function dayOf({ timestamp }: LogLine): number {
  return Math.floor((timestamp - (zone.get() === "utc" ? 0 : new Date(timestamp).getTimezoneOffset() * 60_000)) / 86_400_000);
}

function functionOf(group: string): string | null {
  return group.startsWith("/aws/lambda/") ? group.slice("/aws/lambda/".length) : null;
}
