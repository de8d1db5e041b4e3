// A function's own log lines of one step: CloudWatch's events, grouped by invocation, matched with the step's attempts.

import { functionName } from "../asl/definition";
import type { HistoryEvent } from "../aws/types";
import { details, type Attempt, type Step } from "./fold";

export interface LogEvent {
  logStreamName: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
}

export interface Invocation {
  requestId: string;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  lines: string[];
}

/** Invocations in the order in which they started. What a worker writes outside of any is left out. */
export function invocations(events: readonly LogEvent[]): Invocation[] {
  const open = new Map<string, Invocation>();
  const found: Invocation[] = [];
  for (const { logStreamName, timestamp, message } of events) {
    const line = message.replace(/\n$/, "");
    const [, mark, requestId] = /^(START|END|REPORT) RequestId: ([0-9a-f-]+)/.exec(line) ?? [];
    if (mark === "START") {
      const made = { requestId: requestId!, from: timestamp, to: timestamp, lines: [line] };
      open.set(logStreamName, made);
      found.push(made);
      continue;
    }
    const current = open.get(logStreamName);
    if (!current) continue;
    current.lines.push(line);
    current.to = timestamp;
    if (mark === "REPORT") open.delete(logStreamName);
  }
  return found;
}

/** The function a step called, null when it called none. */
export function calledFunction(own: readonly HistoryEvent[]): string | null {
  for (const event of own) {
    if (event.type !== "TaskScheduled" && event.type !== "LambdaFunctionScheduled") continue;
    const { resource, resourceType, parameters } = details(event);
    if (event.type === "LambdaFunctionScheduled") return functionName(String(resource));
    if (resourceType !== "lambda" || typeof parameters !== "string") return null;
    // Brief payloads may be cut in their middle.
    const name = /"FunctionName"\s*:\s*"([^"]+)"/.exec(parameters);
    return name ? functionName(name[1]!) : null;
  }
  return null;
}

export interface StepLog {
  invocations: Invocation[];
  /** Whether they were matched by request id; otherwise by time, and others may have called at the same time. */
  exact: boolean;
}

/** The invocations that belong to a step. `results` are the texts of what its task returned. */
export function logOf(step: Step, all: readonly Invocation[], results: readonly string[]): StepLog {
  const ids = new Set(results.flatMap((text) => [...text.matchAll(/"RequestId"\s*:\s*"([0-9a-f-]{36})"/g)].map((match) => match[1]!)));
  const named = all.filter(({ requestId }) => ids.has(requestId));
  const failures = step.attempts.filter(({ error }) => error !== undefined).length;
  if (named.length && named.length === step.attempts.length - failures && !failures) return { invocations: named, exact: true };
  return { invocations: all.filter((each) => step.attempts.some((attempt) => likeliest(attempt, all).includes(each))), exact: false };
}

/**
 * Those that ran within the attempt. Of several the one that tells of the same error and ended with it; while the
 * attempt runs it may be any.
 */
function likeliest({ scheduled, ended, error }: Attempt, all: readonly Invocation[]): Invocation[] {
  const within = all.filter(({ from, to }) => from / 1000 >= scheduled - 0.01 && to / 1000 <= (ended ?? Infinity) + 0.05);
  if (ended === undefined || within.length < 2) return within;
  const tells = (each: Invocation) => Boolean(error) && each.lines.some((line) => line.includes(error!));
  const rank = (each: Invocation) => (tells(each) ? 0 : 1000) + Math.abs(each.to / 1000 - ended);
  return [within.reduce((best, each) => (rank(each) < rank(best) ? each : best))];
}
