// The executions of a list: filtered by the server, page by page, kept up to date by pushed news without moving a row.

import { useCallback, useEffect, useRef, useState } from "react";
import { Failure, states } from "../aws/client";
import { search, type Found, type FoundExecution } from "../aws/ledgers";
import type { ExecutionEntry, Status } from "../aws/types";
import { useThrottled } from "../lib/data";
import { onLive } from "../lib/live";

export interface ExecutionFilter {
  status?: Status | undefined;
  redriven?: boolean | undefined;
  prefix: string;
  since?: number | undefined;
  until?: number | undefined;
  error: string;
  text: string;
}

export type Whose = { stateMachineArn: string } | { mapRunArn: string };

const SIZE = 50;
/** Executions that the server gives at once. */
const MOST = 1000;

/** What a query of the address asks for; moments are written as the local time of `datetime-local`. */
export function filterOf(query: URLSearchParams): ExecutionFilter {
  const moment = (name: string) => {
    const at = Date.parse(query.get(name) ?? "");
    return Number.isNaN(at) ? undefined : at / 1000;
  };
  const redriven = query.get("redriven");
  return {
    status: (query.get("status") ?? undefined) as Status | undefined,
    redriven: redriven === null ? undefined : redriven === "yes",
    prefix: query.get("name") ?? "",
    since: moment("since"),
    until: moment("until"),
    error: query.get("error") ?? "",
    text: query.get("text") ?? "",
  };
}

export function isPlain({ status: _, ...rest }: ExecutionFilter): boolean {
  return Object.values(rest).every((value) => value === undefined || value === "");
}

type Cursor = number | string;
interface Page extends Omit<Found, "next"> {
  next: Cursor | null;
}

/** One page: of a machine by our own search, of a map run as ListExecutions gives it. */
export async function page(whose: Whose, filter: ExecutionFilter, before: Cursor | null, limit: number, signal?: AbortSignal): Promise<Page> {
  if ("stateMachineArn" in whose) {
    const { status, ...rest } = filter;
    return search({ machine: whose.stateMachineArn, ...rest, ...(status && { statuses: [status] }), limit, ...(typeof before === "number" && { before }) }, signal);
  }
  const found = await states<{ executions: ExecutionEntry[]; nextToken?: string }>("ListExecutions", { ...whose, statusFilter: filter.status, ...(filter.redriven !== undefined && { redriveFilter: filter.redriven ? "REDRIVEN" : "NOT_REDRIVEN" }), maxResults: limit, ...(before !== null && { nextToken: before }) }, signal);
  return { executions: found.executions, next: found.nextToken ?? null, looked: found.executions.length, backTo: null };
}

/** Pages of all executions that fit the filter and have one of the statuses, newest first: those that are there by then. */
export async function* matching(whose: Whose, filter: ExecutionFilter, statuses: readonly Status[], signal?: AbortSignal): AsyncGenerator<FoundExecution[]> {
  for (const status of statuses) {
    if (filter.status && filter.status !== status) continue;
    let before: Cursor | null = null;
    do {
      const found: Page = await page(whose, { ...filter, status }, before, MOST, signal);
      yield found.executions;
      before = found.next;
    } while (before !== null);
  }
}

export interface Executions {
  rows: FoundExecution[] | undefined;
  next: Cursor | null;
  looked: number;
  backTo: number | null;
  failure: Failure | undefined;
  loading: boolean;
  more: () => void;
  reload: () => void;
}

interface State {
  key: string;
  rows?: FoundExecution[];
  next: Cursor | null;
  looked: number;
  backTo: number | null;
  failure?: Failure;
  loading: boolean;
}

/** The list. `machines` are those whose news concern it. `pause` are milliseconds between two questions at least. */
export function useExecutions(whose: Whose, machines: readonly string[], filter: ExecutionFilter, pause: number): Executions {
  const key = JSON.stringify([whose, filter]);
  const blank: State = { key, next: null, looked: 0, backTo: null, loading: true };
  const [held, setHeld] = useState<State>(blank);
  const state = held.key === key ? held : blank;
  const current = useRef({ whose, filter, state });
  current.current = { whose, filter, state };

  const load = useCallback((before: Cursor | null) => {
    const asked = current.current;
    const mine = JSON.stringify([asked.whose, asked.filter]);
    setHeld((old) => (old.key === mine ? { ...old, loading: true } : { key: mine, next: null, looked: 0, backTo: null, loading: true }));
    page(asked.whose, asked.filter, before, SIZE).then(
      (found) => setHeld((old) => (old.key === mine ? merged(old, found, before) : old)),
      (problem: unknown) => setHeld((old) => (old.key === mine ? { ...old, failure: problem instanceof Failure ? problem : new Failure("Bug", String(problem), -1), loading: false } : old)),
    );
  }, []);
  const reload = useCallback(() => load(null), [load]);
  useEffect(reload, [key, reload]);
  useEffect(() => onLive("hello", reload), [reload]);

  const refresh = useThrottled(reload, pause);
  useEffect(() => onLive("runs", (news) => {
    if (!news.machines.some((arn) => machines.includes(arn))) return;
    const changed = new Map((news.executions ?? []).map((run) => [run.executionArn, run]));
    setHeld((old) => (old.key === key && old.rows?.some((row) => changed.has(row.executionArn)) ? { ...old, rows: old.rows.map((row) => ({ ...row, ...changed.get(row.executionArn) })).filter((row) => !filter.status || row.status === filter.status) } : old));
    refresh();
  }));
  return { ...state, rows: state.rows, failure: state.failure, more: () => state.next !== null && load(state.next), reload };
}

/** The newest page replaces what it overlaps; older rows that were loaded stay where they are. */
export function merged(old: State, found: Page, before: Cursor | null): State {
  const rows = old.rows ?? [];
  if (before !== null) {
    const known = new Set(rows.map(({ executionArn }) => executionArn));
    return { key: old.key, rows: [...rows, ...found.executions.filter(({ executionArn }) => !known.has(executionArn))], next: found.next, looked: old.looked + found.looked, backTo: found.backTo, loading: false };
  }
  const fresh = new Set(found.executions.map(({ executionArn }) => executionArn));
  const overlap = rows.findLastIndex(({ executionArn }) => fresh.has(executionArn));
  // Without an overlap there is a gap between the new page and the old ones: begin anew.
  if (overlap < 0 || found.next === null) return { key: old.key, rows: found.executions, next: found.next, looked: found.looked, backTo: found.backTo, loading: false };
  return { key: old.key, rows: [...found.executions, ...rows.slice(overlap + 1)], next: rows.length > overlap + 1 ? old.next : found.next, looked: Math.max(old.looked, found.looked), backTo: rows.length > overlap + 1 ? old.backTo : found.backTo, loading: false };
}
