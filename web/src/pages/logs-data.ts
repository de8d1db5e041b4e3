// Log events: read from CloudWatch, told apart by level, followed by pushed news.

import { cloudwatch } from "../aws/client";
import type { Place } from "../lib/arn";
import { readJson } from "../lib/json";

export interface LogGroup {
  logGroupName: string;
  arn: string;
  creationTime: number;
  storedBytes?: number;
  retentionInDays?: number;
}

export interface LogLine {
  eventId?: string;
  logStreamName: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
  group: string;
}

export const LEVELS = ["error", "warning", "info", "platform"] as const;
export type Level = (typeof LEVELS)[number];

/** Lines of one group that are held at most; a page says when there were more. */
export const MOST = 10_000;

export async function groups(where: Place, signal?: AbortSignal): Promise<LogGroup[]> {
  const found: LogGroup[] = [];
  let nextToken: string | undefined;
  do {
    const page: { logGroups: LogGroup[]; nextToken?: string } = await cloudwatch("DescribeLogGroups", { limit: 50, nextToken }, where, signal);
    found.push(...page.logGroups);
    nextToken = page.nextToken;
  } while (nextToken && found.length < 5000);
  return found;
}

/** The lines of a group from a time on (milliseconds), oldest first; `cut` when there are more than are held. */
export async function lines(group: string, where: Place | null, from: number, to: number | null, signal?: AbortSignal): Promise<{ lines: LogLine[]; cut: boolean }> {
  const found: LogLine[] = [];
  let nextToken: string | undefined;
  do {
    const page: { events: Omit<LogLine, "group">[]; nextToken?: string | null } = await cloudwatch("FilterLogEvents", { logGroupName: group, startTime: Math.floor(from), ...(to !== null && { endTime: Math.ceil(to) }), limit: 10_000, nextToken }, where, signal);
    found.push(...page.events.map((event) => ({ ...event, group })));
    nextToken = page.nextToken ?? undefined;
  } while (nextToken && found.length < MOST);
  return { lines: found.slice(0, MOST), cut: Boolean(nextToken) };
}

const PLATFORM = /^(INIT_START|START RequestId|END RequestId|REPORT RequestId|\{"time":"[^"]+","type":"platform\.)/;
const ERROR = /\b(ERROR|FATAL|CRITICAL|Traceback|Task timed out|Unhandled)\b|"(level|severity|log_level)"\s*:\s*"(error|fatal|critical)"|"type"\s*:\s*"\w*(Failed|TimedOut|Aborted)"/i;
const WARNING = /\bWARN(ING)?\b|"(level|severity)"\s*:\s*"warn/i;

export function level(message: string): Level {
  if (PLATFORM.test(message)) return "platform";
  // Words deep inside a long payload say nothing about the line.
  const head = message.slice(0, 400);
  if (ERROR.test(head)) return "error";
  return WARNING.test(head) ? "warning" : "info";
}

/** A line that is JSON, unfolded for reading; null for other text. */
export function unfolded(message: string): string | null {
  if (!/^\s*[{[]/.test(message)) return null;
  const read = readJson(message);
  return read.problem === undefined ? JSON.stringify(read.value, null, 2) : null;
}

/** New lines after old ones, each once. */
export function joined(old: readonly LogLine[], fresh: readonly LogLine[]): LogLine[] {
  const seen = new Set(old.slice(-2 * fresh.length - 2000).map(identity));
  const added = fresh.filter((line) => !seen.has(identity(line)));
  return added.length ? [...old, ...added].slice(-MOST) : (old as LogLine[]);
}

function identity({ eventId, logStreamName, timestamp, message }: LogLine): string {
  return eventId ?? `${logStreamName} ${timestamp} ${message}`;
}
