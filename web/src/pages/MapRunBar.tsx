// A distributed Map in its execution: how its children fare, live, and the ways to them.

import { useEffect } from "react";
import { all, states } from "../aws/client";
import type { ExecutionEntry, MapRun } from "../aws/types";
import type { Step, Story } from "../history/fold";
import { useData, useThrottled } from "../lib/data";
import { count } from "../lib/format";
import { onLive } from "../lib/live";
import { go, href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { useAction } from "../ui/parts";
import { look } from "../ui/Status";

/** More of them (in a loop, say) are found by choosing the visit. */
const SHOWN = 2;

/** The map run of the chosen step, or the latest ones. */
export function MapRunBars({ story, step }: { story: Story; step: Step | undefined }) {
  const shown = step ? [step] : story.steps.filter(({ parent }) => parent === null).slice(-50);
  return <>{shown.filter(({ mapRunArn }) => mapRunArn).slice(-SHOWN).map((each) => <Bar key={each.id} name={each.name} arn={each.mapRunArn!} />)}</>;
}

function Bar({ name, arn }: { name: string; arn: string }) {
  const run = useData(`mapRun ${arn}`, (signal) => states<MapRun>("DescribeMapRun", { mapRunArn: arn }, signal));
  const refresh = useThrottled(run.reload, 400);
  useEffect(() => onLive("mapRuns", (news) => void (news.includes(arn) && refresh())), [arn, refresh]);
  useEffect(() => onLive("runs", (news) => void (news.executions?.some((each) => each.mapRunArn === arn || each.executionArn === run.data?.executionArn) !== false && refresh())), [arn, run.data?.executionArn, refresh]);
  const [first, busy] = useAction(async () => {
    const statuses = ["FAILED", "TIMED_OUT"];
    const lists = await Promise.all(statuses.map((statusFilter) => all<ExecutionEntry>("ListExecutions", "executions", { mapRunArn: arn, statusFilter })));
    const found = lists.flat().sort((one, other) => one.startDate - other.startDate)[0];
    if (found) go(href(["executions", found.executionArn]));
  });
  const counts = run.data?.itemCounts;
  const failed = counts ? counts.failed + counts.timedOut : 0;
  const { tone, icon, word } = look(run.data?.status ?? "RUNNING");
  return (
    <div className="scope-bar" role="group" aria-label={`Map run of ${name}`}>
      <div className="row wrap scope-way">
        {run.data && <span className={`g-icon i-${tone}`} title={word}><Icon name={icon} size={14} spin={icon === "spinner"} /></span>}
        <strong>{name}</strong>
        {counts && <span className="soft num map-run-words">{count(counts.succeeded)} of {count(counts.total)} items succeeded{failed > 0 && `, ${count(failed)} failed`}{counts.running > 0 && `, ${count(counts.running)} running`}{counts.pending > 0 && `, ${count(counts.pending)} pending`}{counts.aborted > 0 && `, ${count(counts.aborted)} aborted`}</span>}
        {run.failure && !run.data && <span className="wrong break">{run.failure.message}</span>}
        {failed > 0 && <button type="button" className="btn small" disabled={busy} onClick={first}>First failed</button>}
        <a className="btn small" href={href(["mapruns", arn])}>Child executions</a>
      </div>
    </div>
  );
}
