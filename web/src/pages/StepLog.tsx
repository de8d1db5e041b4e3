// What the function of a step wrote to its log.

import { useMemo } from "react";
import { cloudwatch } from "../aws/client";
import type { HistoryEvent } from "../aws/types";
import { details, type Step } from "../history/fold";
import { invocations, logOf, type LogEvent } from "../history/logs";
import { useData } from "../lib/data";
import { placeOf } from "../lib/arn";
import { duration } from "../lib/format";
import { href } from "../lib/route";
import { Icon } from "../ui/Icon";
import { Bones, CopyButton, Trouble } from "../ui/parts";
import { useWhole } from "./execution-data";

const MOST = 10_000;

export function StepLog({ arn, name, step, own }: { arn: string; name: string; step: Step; own: HistoryEvent[] }) {
  const result = useWhole(arn, own.findLast(({ type }) => type === "TaskSucceeded"));
  const from = Math.floor((step.attempts[0]?.scheduled ?? step.entered) * 1000) - 100;
  const to = Math.ceil((step.ended ?? 0) * 1000) + 2000;
  // A step that still runs is asked about again whenever it has gone on.
  const found = useData(`log ${name} ${from} ${step.ended ?? own.length}`, async (signal) => {
    const events: LogEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page: { events: LogEvent[]; nextToken?: string | null } = await cloudwatch("FilterLogEvents", { logGroupName: `/aws/lambda/${name}`, startTime: from, ...(step.ended !== null && { endTime: to }), nextToken }, placeOf(arn), signal);
      events.push(...page.events);
      nextToken = page.nextToken ?? undefined;
    } while (nextToken && events.length < MOST);
    return invocations(events);
  });
  const output = result && details(result).output;
  const log = useMemo(() => (found.data ? logOf(step, found.data, typeof output === "string" ? [output] : []) : null), [found.data, step, output]);
  if (found.failure && !found.failure.missing) return <Trouble failure={found.failure} what="log" onRetry={found.reload} />;
  if (!log && !found.failure) return <Bones />;
  return (
    <>
      <div className="row"><a href={href(["functions", name])} className="row grow"><Icon name="function" />{name}</a><button type="button" className="btn small" onClick={found.reload}><Icon name="retry" size={13} />Read again</button></div>
      {!log?.invocations.length && <p className="faint">No lines yet. Logs arrive about two seconds after they were written.</p>}
      {log && !log.exact && log.invocations.length > 0 && <p className="hint">Matched by time: if others called the function at the same moment, a line may be theirs.</p>}
      {log?.invocations.map(({ requestId, lines, from: begin, to: end }) => (
        <section key={requestId} className="json-card" aria-label={`Invocation ${requestId}`}>
          <header><code className="clip grow faint">{requestId}</code><span className="num soft">{duration((end - begin) / 1000)}</span><CopyButton text={lines.join("\n")} label="Copy the lines" /></header>
          <pre className="log" style={{ border: 0, borderRadius: "0 0 7px 7px" }} tabIndex={0}>{lines.join("\n")}</pre>
        </section>
      ))}
    </>
  );
}
