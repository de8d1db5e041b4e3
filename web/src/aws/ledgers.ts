// What the server counts and notes down, as /_treadle/api tells it. Times and durations in seconds.

import type { Place } from "../lib/arn";
import { ask } from "./client";
import type { ExecutionEntry, Status } from "./types";

export type Ended = Exclude<Status, "RUNNING" | "PENDING_REDRIVE">;
export const ENDED: readonly Ended[] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

export const RANGES = [
  { id: "1h", name: "1 h" },
  { id: "6h", name: "6 h" },
  { id: "24h", name: "24 h" },
  { id: "7d", name: "7 d" },
  { id: "30d", name: "30 d" },
] as const;
export type Range = (typeof RANGES)[number]["id"];

export function rangeOf(text: string | null): Range {
  return RANGES.find(({ id }) => id === text)?.id ?? "24h";
}

export interface Figures {
  counts: Record<Ended, number>;
  p50: number | null;
  p95: number | null;
}

export interface ErrorCount {
  error: string;
  count: number;
}

export interface Activity {
  since: number;
  until: number;
  step: number;
  /** While the server still reads what it holds: how far it came. */
  countedTo: number | null;
  running: number;
  throttled: number;
  buckets: (Figures & { at: number })[];
  total: Figures;
  errors: ErrorCount[];
  machines: (Figures & { machine: string })[];
}

export function activity(range: Range, of: Place | string, signal?: AbortSignal): Promise<Activity> {
  return ask<Activity>(`activity?${query({ range, ...(typeof of === "string" ? { machine: of } : { region: of.region, account: of.account }) })}`, undefined, signal);
}

export interface Invocations {
  invocations: number;
  failed: number;
  cold: number;
  throttled: number;
  p50: number | null;
  p95: number | null;
  errors: ErrorCount[];
}

export interface Invoked {
  at: number;
  request_id: string;
  version: string;
  /** Milliseconds. */
  duration: number;
  init: number | null;
  used: number | null;
  status: "success" | "error" | "timeout";
  error: string | null;
}

export interface FunctionFigures {
  since: number;
  until: number;
  step: number;
  functions: Record<string, Invocations & { workers: number }>;
  buckets: (Invocations & { at: number })[];
  workers: number;
  latest: Invoked[];
}

export function functionFigures(range: Range, of: Place | string, signal?: AbortSignal): Promise<FunctionFigures> {
  return ask<FunctionFigures>(`functions?${query({ range, ...(typeof of === "string" ? { function: of } : { region: of.region, account: of.account }) })}`, undefined, signal);
}

/** Something a state machine calls, and the states that do. */
export interface Use {
  service: string;
  resource: string;
  states: string[];
}

export async function uses(of: Place | string, signal?: AbortSignal): Promise<Record<string, Use[]>> {
  const found = await ask<{ machines: Record<string, Use[]> }>(`uses?${query(typeof of === "string" ? { machine: of } : { region: of.region, account: of.account })}`, undefined, signal);
  return found.machines;
}

export interface Search {
  machine: string;
  statuses?: Status[];
  redriven?: boolean | undefined;
  prefix?: string;
  since?: number | undefined;
  until?: number | undefined;
  error?: string;
  text?: string;
  limit?: number;
  before?: number | undefined;
}

export type FoundExecution = ExecutionEntry & { error?: string };

export interface Found {
  executions: FoundExecution[];
  next: number | null;
  looked: number;
  backTo: number | null;
}

export function search(asked: Search, signal?: AbortSignal): Promise<Found> {
  return ask<Found>("executions", asked, signal);
}

export interface AuditRecord {
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  errorCode?: string;
  errorMessage?: string;
  readOnly: boolean;
  eventID: string;
  requestID: string;
  userIdentity: { type: string; arn?: string; accessKeyId?: string };
}

export interface AuditCall {
  at: number;
  user: string;
  resources: { type: string; name: string }[];
  record: AuditRecord;
}

export interface AuditQuestion extends Place {
  kind?: string;
  failed?: boolean;
  text?: string;
  since?: number;
  limit?: number;
  before?: string;
}

export interface AuditPage {
  calls: AuditCall[];
  next: string | null;
  looked: number;
  backTo: number | null;
}

export function audit(asked: AuditQuestion, signal?: AbortSignal): Promise<AuditPage> {
  return ask<AuditPage>("audit", asked, signal);
}

function query(params: Record<string, string>): string {
  return new URLSearchParams(params).toString();
}
