// Executions of a machine or a map run: filters in the address, live without moving a row, many stopped or redriven at once.

import { useMemo, useState, type ReactNode } from "react";
import type { FoundExecution } from "../aws/ledgers";
import type { Status } from "../aws/types";
import { useNow } from "../lib/data";
import { count, duration } from "../lib/format";
import { go, href, setQuery, useRoute } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Time, Trouble } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";
import { Bulk, suits, type Deed } from "./Bulk";
import { filterOf, isPlain, useExecutions, type ExecutionFilter, type Executions as List, type Whose } from "./executions-data";

const FILTERS: Status[] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];
const NONE = { status: null, name: null, redriven: null, since: null, until: null, error: null, text: null };

interface Props {
  whose: Whose;
  /** The machines whose news concern this list. */
  machines: string[];
  /** Kept for callers that know it already; the address says the same. */
  status?: string;
  empty: ReactNode;
}

export function Executions({ whose, machines, empty }: Props) {
  const { query } = useRoute();
  const found = filterOf(query);
  const filter = { ...found, status: FILTERS.find((each) => each === found.status) };
  const full = "stateMachineArn" in whose;
  const [deed, setDeed] = useState<Deed | null>(null);
  // Thousands of changes of our own making are shown by what is pushed; asking for the list as often would slow them down.
  const list = useExecutions(whose, machines, filter, deed === null ? 500 : 5000);
  const [wanted, setOpen] = useState<boolean | null>(null);
  const open = wanted ?? !isPlain(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // Everything that fits a filter may be meant: that one, and no other.
  const [meant, setMeant] = useState<string | null>(null);
  const everything = meant === JSON.stringify(filter);
  const rows = list.rows;
  const filtered = !isPlain(filter) || Boolean(filter.status);
  const chosen = useMemo(() => (rows ?? []).filter(({ executionArn }) => selected.has(executionArn)), [rows, selected]);
  const select = (next: ReadonlySet<string>) => {
    setSelected(next);
    setMeant(null);
  };
  // More than is shown can only be meant by who has chosen all that is.
  const extendable = list.next !== null && rows !== undefined && chosen.length === rows.length;
  return (
    <section className="card" aria-label="Executions">
      <div className="toolbar">
        <div className="segments" role="group" aria-label="Status">
          <button type="button" aria-pressed={!filter.status} onClick={() => setQuery({ status: null })}>All</button>
          {FILTERS.map((each) => (
            <button key={each} type="button" aria-pressed={filter.status === each} onClick={() => setQuery({ status: each })}>
              <Icon name={look(each).icon} size={12} />{look(each).word}
            </button>
          ))}
        </div>
        <span className="grow" />
        {full && <button type="button" className="btn small" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name="filter" size={13} />Filters{!isPlain(filter) && <span className="badge num">{Object.entries(filter).filter(([name, value]) => name !== "status" && value !== undefined && value !== "").length}</span>}</button>}
      </div>
      {open && full && <Filters filter={filter} query={query} />}
      {(chosen.length > 0 || everything) && (
        <div className="selection" role="status">
          <strong className="num">{everything ? (filtered ? "All that match the filter are selected" : "All executions are selected") : `${count(chosen.length)} selected`}</strong>
          <button type="button" className="btn small danger" disabled={!everything && !chosen.some((run) => suits("stop", run))} onClick={() => setDeed("stop")}><Icon name="stop" size={12} />Stop{everything && " …"}</button>
          <button type="button" className="btn small" disabled={!everything && !chosen.some((run) => suits("redrive", run))} onClick={() => setDeed("redrive")}><Icon name="redo" size={13} />Redrive{everything && " …"}</button>
          {extendable && !everything && <button type="button" className="btn small quiet" onClick={() => setMeant(JSON.stringify(filter))}>Select all {filtered ? "that match the filter" : "executions"}</button>}
          <span className="grow" />
          <button type="button" className="btn small quiet" onClick={() => select(new Set())}>Clear</button>
        </div>
      )}
      {list.failure && !rows ? (
        <Trouble failure={list.failure} what="list" onRetry={list.reload} />
      ) : !rows ? (
        <Bones rows={8} />
      ) : rows.length === 0 ? (
        filtered ? <Empty icon="search" title="No execution fits"><button type="button" className="btn" onClick={() => setQuery(NONE)}>Show all</button></Empty> : empty
      ) : (
        <Table rows={rows} selected={everything ? new Set(rows.map(({ executionArn }) => executionArn)) : selected} onSelect={select} selectable={full} />
      )}
      {rows && <Foot list={list} filter={filter} />}
      {deed && <Bulk deed={deed} chosen={everything ? { whose, filter } : chosen} onClose={(done) => { setDeed(null); if (!done) return; select(new Set()); list.reload(); }} />}
    </section>
  );
}

interface TableProps {
  rows: FoundExecution[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  selectable: boolean;
}

function Table({ rows, selected, onSelect, selectable }: TableProps) {
  const now = useNow(rows.some((each) => each.status === "RUNNING"));
  const every = rows.every(({ executionArn }) => selected.has(executionArn));
  const some = !every && rows.some(({ executionArn }) => selected.has(executionArn));
  const toggle = (arn: string) => {
    const next = new Set(selected);
    if (!next.delete(arn)) next.add(arn);
    onSelect(next);
  };
  return (
    <div className="scroll">
      <table className="table">
        <thead>
          <tr>
            {selectable && <th className="pick"><input type="checkbox" aria-label="Select all that are shown" checked={every} ref={(box) => void (box && (box.indeterminate = some))} onChange={() => onSelect(every ? new Set() : new Set(rows.map(({ executionArn }) => executionArn)))} /></th>}
            <th>Name</th><th>Status</th><th>Started</th><th>Ended</th><th className="end">Duration</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => (
            <tr key={run.executionArn} className="link-row" aria-selected={selectable ? selected.has(run.executionArn) : undefined} onClick={(event) => !(event.target as HTMLElement).closest("a, button, input, .pick") && go(href(["executions", run.executionArn]))}>
              {selectable && <td className="pick"><input type="checkbox" aria-label={`Select ${run.name}`} checked={selected.has(run.executionArn)} onChange={() => toggle(run.executionArn)} /></td>}
              <td className="name">
                <div className="row">
                  <a className="mono clip" href={href(["executions", run.executionArn])}>{run.name}</a>
                  {Boolean(run.redriveCount) && <span className="badge" title="Redriven"><Icon name="redo" size={11} label="Redriven" />{run.redriveCount}</span>}
                  {run.stateMachineAliasArn && <span className="badge">{run.stateMachineAliasArn.split(":").pop()}</span>}
                  {run.stateMachineVersionArn && <span className="badge">v{run.stateMachineVersionArn.split(":").pop()}</span>}
                  {run.error && <span className="faint clip run-error" title={run.error}>{run.error}</span>}
                </div>
              </td>
              <td className="tight"><StatusBadge status={run.status} /></td>
              <td className="tight soft"><Time at={run.startDate} /></td>
              <td className="tight soft">{run.stopDate ? <Time at={run.stopDate} /> : <span className="faint">—</span>}</td>
              <td className="tight end num">{duration((run.stopDate ?? now) - run.startDate)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Filters({ filter, query }: { filter: ExecutionFilter; query: URLSearchParams }) {
  return (
    <div className="filters">
      <Late id="f-name" label="Name begins with" value={filter.prefix} onChange={(name) => setQuery({ name })} />
      <Late id="f-error" label="Error contains" value={filter.error} onChange={(error) => setQuery({ error })} placeholder="States.Timeout" />
      <Late id="f-text" label="Input or output contains" value={filter.text} onChange={(text) => setQuery({ text })} />
      <div className="field"><label htmlFor="f-since">Started from</label><input id="f-since" type="datetime-local" className="input" value={query.get("since") ?? ""} onChange={(event) => setQuery({ since: event.target.value })} /></div>
      <div className="field"><label htmlFor="f-until">Started before</label><input id="f-until" type="datetime-local" className="input" value={query.get("until") ?? ""} onChange={(event) => setQuery({ until: event.target.value })} /></div>
      <div className="field">
        <label htmlFor="f-redriven">Redriven</label>
        <select id="f-redriven" className="input" value={query.get("redriven") ?? ""} onChange={(event) => setQuery({ redriven: event.target.value })}>
          <option value="">Either</option><option value="yes">Redriven</option><option value="no">Not redriven</option>
        </select>
      </div>
      <button type="button" className="btn quiet" disabled={isPlain(filter)} onClick={() => setQuery({ ...NONE, status: filter.status })}>Clear</button>
    </div>
  );
}

/** A field that asks the server only when the typing has paused. */
function Late({ id, label, value, onChange, placeholder }: { id: string; label: string; value: string; onChange: (text: string) => void; placeholder?: string }) {
  const [text, setText] = useState<string | null>(null);
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer);
    setTimer(setTimeout(() => { setText(null); onChange(next); }, 350));
  };
  return <div className="field"><label htmlFor={id}>{label}</label><input id={id} type="search" className="input" value={text ?? value} placeholder={placeholder} onChange={(event) => change(event.target.value)} /></div>;
}

function Foot({ list, filter }: { list: List; filter: ExecutionFilter }) {
  const searching = Boolean(filter.error || filter.text);
  if (list.next === null && !searching) return null;
  return (
    <div className="table-foot" role="status">
      {searching && <span className="soft">Looked through {count(list.looked)} executions{list.next !== null && list.backTo !== null ? <>, back to <Time at={list.backTo} /></> : ": all that fit the other filters"}.</span>}
      {list.next !== null && <button type="button" className="btn small" onClick={list.more} disabled={list.loading}>{searching ? "Look further" : "Show more"}</button>}
    </div>
  );
}
