// Executions of a machine or a map run: filtered by status, page by page, kept up to date by pushed news.

import { useEffect, useState, type ReactNode } from "react";
import { states } from "../aws/client";
import type { ExecutionEntry, Status } from "../aws/types";
import { useData, useNow, useThrottled } from "../lib/data";
import { duration } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href, setQuery } from "../lib/route";
import { Bones, Empty, Time, Trouble } from "../ui/parts";
import { look, StatusBadge } from "../ui/Status";
import { Icon } from "../ui/Icon";

const FILTERS: Status[] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];
const SIZE = 50;

interface Page {
  executions: ExecutionEntry[];
  nextToken?: string;
}

interface Props {
  whose: { stateMachineArn: string } | { mapRunArn: string };
  /** The machines whose news concern this list. */
  machines: string[];
  status: string;
  empty: ReactNode;
}

export function Executions({ whose, machines, status, empty }: Props) {
  const filter = FILTERS.find((each) => each === status);
  const [size, setSize] = useState(SIZE);
  const key = `executions ${Object.values(whose)[0]} ${filter ?? ""} ${size}`;
  const found = useData(key, (signal) => states<Page>("ListExecutions", { ...whose, statusFilter: filter, maxResults: size }, signal));
  const refresh = useThrottled(found.reload, 500);
  useEffect(() => onLive("runs", (news) => void (news.machines.some((arn) => machines.includes(arn)) && refresh())));
  const rows = found.data?.executions;
  const now = useNow(rows?.some((each) => each.status === "RUNNING") ?? false);
  return (
    <section className="card" aria-label="Executions">
      <div className="toolbar">
        <div className="segments" role="group" aria-label="Status">
          <button type="button" aria-pressed={!filter} onClick={() => setQuery({ status: null })}>All</button>
          {FILTERS.map((each) => (
            <button key={each} type="button" aria-pressed={filter === each} onClick={() => setQuery({ status: each })}>
              <Icon name={look(each).icon} size={12} />{look(each).word}
            </button>
          ))}
        </div>
      </div>
      {found.failure && !rows ? (
        <Trouble failure={found.failure} what="list" onRetry={found.reload} />
      ) : !rows ? (
        <Bones rows={8} />
      ) : rows.length === 0 ? (
        filter ? <Empty icon="list" title={`No execution is ${look(filter).word.toLowerCase()}`}><button type="button" className="btn" onClick={() => setQuery({ status: null })}>Show all</button></Empty> : empty
      ) : (
        <div className="scroll">
          <table className="table">
            <thead><tr><th>Name</th><th>Status</th><th>Started</th><th>Ended</th><th className="end">Duration</th></tr></thead>
            <tbody>
              {rows.map((run) => (
                <tr key={run.executionArn} className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a, button") && go(href(["executions", run.executionArn]))}>
                  <td className="name">
                    <div className="row">
                      <a className="mono clip" href={href(["executions", run.executionArn])}>{run.name}</a>
                      {Boolean(run.redriveCount) && <span className="badge" title="Redriven"><Icon name="redo" size={11} />{run.redriveCount}</span>}
                      {run.stateMachineAliasArn && <span className="badge">{run.stateMachineAliasArn.split(":").pop()}</span>}
                      {run.stateMachineVersionArn && <span className="badge">v{run.stateMachineVersionArn.split(":").pop()}</span>}
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
      )}
      {found.data?.nextToken && size < 1000 && (
        <div className="row" style={{ justifyContent: "center", padding: 12, borderTop: "1px solid var(--line)" }}>
          <button type="button" className="btn" onClick={() => setSize(Math.min(1000, size * 4))} disabled={found.loading}>Show more</button>
        </div>
      )}
    </section>
  );
}
