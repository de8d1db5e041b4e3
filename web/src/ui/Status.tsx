// Status, always as icon, word and colour together.

import type { Runs, Run, Status as ExecutionStatus } from "../aws/types";
import type { StepStatus } from "../history/fold";
import { useNow } from "../lib/data";
import { count, duration, title } from "../lib/format";
import { go, href } from "../lib/route";
import { Icon, type IconName } from "./Icon";

export type Tone = "ok" | "run" | "bad" | "warn" | "idle";

const LOOKS: Record<string, { tone: Tone; icon: IconName; word: string }> = {
  RUNNING: { tone: "run", icon: "spinner", word: "Running" },
  SUCCEEDED: { tone: "ok", icon: "check", word: "Succeeded" },
  FAILED: { tone: "bad", icon: "cross", word: "Failed" },
  TIMED_OUT: { tone: "bad", icon: "clock", word: "Timed out" },
  ABORTED: { tone: "idle", icon: "ban", word: "Aborted" },
  PENDING_REDRIVE: { tone: "idle", icon: "redo", word: "Pending redrive" },
  running: { tone: "run", icon: "spinner", word: "Running" },
  succeeded: { tone: "ok", icon: "check", word: "Succeeded" },
  failed: { tone: "bad", icon: "cross", word: "Failed" },
  caught: { tone: "warn", icon: "alert", word: "Caught error" },
  timedOut: { tone: "bad", icon: "clock", word: "Timed out" },
  aborted: { tone: "idle", icon: "ban", word: "Cancelled" },
};

export function look(status: ExecutionStatus | StepStatus | string): { tone: Tone; icon: IconName; word: string } {
  return LOOKS[status] ?? { tone: "idle", icon: "info", word: title(status) };
}

export function StatusBadge({ status }: { status: ExecutionStatus | StepStatus | string }) {
  const { tone, icon, word } = look(status);
  return (
    <span className={`status tone-${tone}`}>
      <Icon name={icon} size={14} spin={icon === "spinner"} />
      {word}
    </span>
  );
}

/** How a machine fares: numbers that are not zero, each with its icon. */
export function StatusCounts({ counts }: { counts: Runs["counts"] }) {
  const shown = (["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] as const).filter((status) => counts[status]);
  if (!shown.length) return <span className="faint">No executions</span>;
  return (
    <span className="counts num">
      {shown.map((status) => {
        const { tone, icon, word } = look(status);
        return (
          <span key={status} title={word} className={`tone-${tone}`} data-plain>
            <Icon name={icon} size={13} label={word} />
            {count(counts[status])}
          </span>
        );
      })}
    </span>
  );
}

const SLOTS = 20;

/**
 * The latest runs as ticks, the newest at the right: colour is the status, height the duration. One link for the
 * keyboard, to all executions; a click on a tick opens that one.
 */
export function RunStrip({ runs, machine }: { runs: Run[]; machine: string }) {
  const now = useNow(runs.some((run) => run.status === "RUNNING"), 2000);
  const shown = runs.slice(0, SLOTS).reverse();
  const lasted = shown.map((run) => Math.max(0.001, (run.stopDate ?? now) - run.startDate));
  const longest = Math.max(...lasted, 0.001);
  const told = [...new Set(shown.map(({ status }) => status))].map((status) => `${shown.filter((run) => run.status === status).length} ${look(status).word.toLowerCase()}`);
  const open = (event: React.MouseEvent) => {
    event.stopPropagation();
    const run = (event.target as HTMLElement).dataset.run;
    if (!run || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    go(href(["executions", run]));
  };
  return (
    <a className="strip" href={href(["machines", machine])} aria-label={`Recent executions: ${told.join(", ") || "none"}`} onClick={open}>
      {Array.from({ length: Math.max(0, SLOTS - shown.length) }, (_, index) => (
        <i key={index} />
      ))}
      {shown.map((run, index) => {
        const { tone, word } = look(run.status);
        return <b key={run.executionArn} data-run={run.executionArn} className={tone} title={`${run.name}: ${word}, ${duration(lasted[index]!)}`} style={{ height: 7 + 19 * Math.sqrt(lasted[index]! / longest) }} />;
      })}
    </a>
  );
}
