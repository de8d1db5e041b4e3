// Express executions: what the server remembers of them, and where else they may be told of.

import { useEffect } from "react";
import { states } from "../aws/client";
import { expressRuns } from "../aws/looking";
import type { Machine } from "../aws/types";
import { machineArn } from "../lib/arn";
import { useData, useNow, useThrottled } from "../lib/data";
import { duration, plural } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, Empty, Time, Trouble } from "../ui/parts";
import { StatusBadge } from "../ui/Status";

/** In place of an Express execution that is remembered no more. */
export function ExpressGone({ arn }: { arn: string }) {
  const machine = machineArn(arn);
  const described = useData(`machine ${machine}`, (signal) => states<Machine>("DescribeStateMachine", { stateMachineArn: machine }, signal));
  const logging = described.data?.loggingConfiguration;
  const group = logging?.level !== "OFF" && logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn.split(":")[6];
  const whole = logging?.level === "ALL" && logging.includeExecutionData === true;
  return (
    <Empty icon="clock" title="This Express execution is not remembered any more">
      <p>AWS keeps no history of Express executions. This server remembers the last hundred that succeeded and the last hundred that did not, in memory: it has forgotten this one since, or was started anew.</p>
      {described.data && <p>{whole ? "Its state machine logs everything, so all events and their data stand in its log group." : logging?.level && logging.level !== "OFF" ? `Its state machine logs at level ${logging.level}${logging.includeExecutionData ? "" : ", without data"}: what it logged of this execution stands in its log group.` : "Its state machine logs nothing. With logging at level ALL and with execution data, its log group would tell of every event."}</p>}
      <div className="row">
        {group && <a className="btn" href={href(["logs", group], { q: arn, span: "all" })}><Icon name="log" size={14} />Open its log</a>}
        <a className="btn" href={href(["machines", machine], { tab: "executions" })}>Latest executions</a>
      </div>
    </Empty>
  );
}

/** The executions of an Express machine that the server remembers. */
export function ExpressRuns({ machine }: { machine: string }) {
  const runs = useData(`express ${machine}`, (signal) => expressRuns(machine, signal));
  const refresh = useThrottled(runs.reload, 700);
  useEffect(() => onLive("runs", (news) => void (news.machines.includes(machine) && refresh())), [machine, refresh]);
  const rows = runs.data?.executions;
  const now = useNow(Boolean(rows?.some(({ status }) => status === "RUNNING")));
  if (runs.failure && !rows) return <div className="card"><Trouble failure={runs.failure} what="list" onRetry={runs.reload} /></div>;
  if (!rows) return <div className="card"><Bones rows={5} /></div>;
  if (!rows.length) {
    return (
      <div className="card">
        <Empty icon="list" title="No Express execution is remembered">
          <p>The last {runs.data!.kept} that succeed and the last {runs.data!.kept} that do not are kept in memory. What was before stands in the log group of the state machine, if one is configured.</p>
          <a className="btn primary" href={href(["machines", machine], { start: 1 })}><Icon name="play" size={13} />Start execution</a>
        </Empty>
      </div>
    );
  }
  return (
    <section className="card" aria-label="Executions">
      <div className="card-head"><h2>Latest executions</h2><span className="grow" /><span className="faint num" role="status">{plural(rows.length, "execution")} remembered</span></div>
      <div className="scroll">
        <table className="table">
          <thead><tr><th>Name</th><th>Status</th><th>Started</th><th className="end">Duration</th></tr></thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.executionArn} className="link-row" onClick={(event) => !(event.target as HTMLElement).closest("a") && go(href(["executions", run.executionArn]))}>
                <td className="name"><div className="row"><a className="mono clip" href={href(["executions", run.executionArn])}>{run.name}</a>{run.error && <span className="faint clip run-error" title={run.error}>{run.error}</span>}</div></td>
                <td className="tight"><StatusBadge status={run.status} /></td>
                <td className="tight soft"><Time at={run.startDate} /></td>
                <td className="tight end num">{duration((run.stopDate ?? now) - run.startDate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
