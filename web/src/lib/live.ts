// News from the server, pushed: one stream of server-sent events per page, opened again when it breaks.

import { ROOT } from "../aws/client";
import type { Run } from "../aws/types";
import { store } from "./store";

export interface News {
  /** The stream is open (again): what was missed meanwhile must be asked for. Not sent for the first opening. */
  hello: undefined;
  progress: { executionArn: string; events: number; status: string }[];
  /** Log groups that have new events; null for very many. */
  logs: { account: string; region: string; group: string }[] | null;
  /** ARNs of functions that were invoked, or not allowed to run; null for very many. */
  functions: string[] | null;
  /** Figures over time are others: steps (seconds) of spans that have slid on, or more is counted than was said. */
  figures: { slid: number[]; counted: boolean };
  /** The audit trail has new calls. */
  audit: Record<string, never>;
  /** ARNs of map runs whose counts have changed. */
  mapRuns: string[];
  runs: { machines: string[]; executions: (Run & { stateMachineArn: string; mapRunArn?: string })[] | null };
}

export type Connection = "connecting" | "open" | "lost";
export const connection = store<Connection>("connecting");

const listeners: { [name in keyof News]: Set<(data: News[name]) => void> } = { hello: new Set(), progress: new Set(), runs: new Set(), logs: new Set(), audit: new Set(), mapRuns: new Set(), functions: new Set(), figures: new Set() };
const watched = new Map<string, number>();
const PAUSES = [500, 1000, 2000, 4000, 8000];

let source: EventSource | null = null;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | null = null;

export function onLive<N extends keyof News>(name: N, listener: (data: News[N]) => void): () => void {
  listeners[name].add(listener);
  return () => void listeners[name].delete(listener);
}

/** Hear of every event of an execution, until the returned function is called. */
export function watch(arn: string): () => void {
  watched.set(arn, (watched.get(arn) ?? 0) + 1);
  schedule(0);
  return () => {
    const left = (watched.get(arn) ?? 1) - 1;
    if (left) watched.set(arn, left);
    else watched.delete(arn);
    schedule(0);
  };
}

export function connect(): void {
  schedule(0);
}

/** Try at once, whatever the pause. */
export function retry(): void {
  failures = 0;
  schedule(0);
}

function schedule(pause: number): void {
  if (timer) clearTimeout(timer);
  timer = setTimeout(open, pause);
}

function open(): void {
  timer = null;
  const arns = [...watched.keys()];
  const before = source;
  const broken = failures > 0;
  const mine = (source = new EventSource(`${ROOT}_treadle/api/events${arns.length ? `?watch=${arns.map(encodeURIComponent).join(",")}` : ""}`));
  mine.addEventListener("hello", () => {
    before?.close();
    failures = 0;
    connection.set("open");
    // What happened while there was no stream was not heard; nor what a newly watched execution did until now.
    if (broken) for (const listener of [...listeners.hello]) listener(undefined);
    if (arns.length) tell("progress", arns.map((executionArn) => ({ executionArn, events: Infinity, status: "" })));
  });
  mine.addEventListener("progress", (event) => tell("progress", JSON.parse(event.data as string) as News["progress"]));
  for (const name of ["runs", "mapRuns", "logs", "functions", "figures", "audit"] as const) mine.addEventListener(name, (event) => tell(name, JSON.parse(event.data as string)));
  mine.onerror = () => {
    mine.close();
    if (mine !== source) return;
    before?.close();
    failures += 1;
    if (failures > 1 || connection.get() === "open") connection.set("lost");
    schedule(PAUSES[Math.min(failures - 1, PAUSES.length - 1)]!);
  };
}

function tell<N extends keyof News>(name: N, data: News[N]): void {
  for (const listener of [...listeners[name]]) listener(data);
}
