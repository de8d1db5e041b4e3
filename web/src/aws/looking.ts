// The server's answers about one execution (docs/console.md).

import { ask } from "./client";
import type { Execution, ExecutionEntry, Status } from "./types";

export interface Stage {
  name: string;
  title: string;
  field: string | null;
  text: string;
  same: boolean;
  differs?: string;
}

export interface Rule {
  next?: string;
  default?: boolean;
  held?: boolean;
  error?: string;
}

export interface Flow {
  name: string;
  language: "JSONPath" | "JSONata";
  attempt: number | null;
  attempts: number;
  stages: Stage[];
  variables: Record<string, string>;
  assigned: Record<string, string>;
  context: string;
  rules: Rule[] | null;
  outcome: string;
  status?: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  handled?: { catchIndex?: number; retryIndex?: number; retryBackoffIntervalSeconds?: number };
  error?: string;
  cause?: string;
  next?: string;
}

export interface Hint {
  prefix: string;
  rest: string;
  type: string;
  length?: number;
  members?: string[];
  meant?: string;
}

export interface Evaluated {
  value?: string;
  type?: string;
  error?: string;
  message?: string;
  nothing?: boolean;
  position?: number;
  hint?: Hint | null;
}

export interface WaitingTask {
  task: number;
  event: number;
  state: string;
  kind: "callback" | "activity";
  phase: string;
  token: string | null;
  resource: string;
  heartbeat: number | null;
  heartbeat_at: number | null;
  timeout_at: number | null;
}

export interface Origin {
  execution: string;
  state: string;
  event: number | null;
  input: string;
}

/** Where an execution came from, and what came out of it: restarted in its middle, or started like it. */
export interface Family {
  restart: Origin | null;
  like: string | null;
  later: { executionArn: string; name: string; status: Status; startDate: number; how: "restart" | "like" }[];
}

const of = (arn: string) => `execution=${encodeURIComponent(arn)}`;

export const flowOf = (arn: string, event: number, attempt: number | null, signal?: AbortSignal) =>
  ask<Flow>(`flow?${of(arn)}&event=${event}${attempt === null ? "" : `&attempt=${attempt}`}`, undefined, signal);
/** Ids of the events whose details contain a text. */
export const findEvents = (arn: string, text: string, signal?: AbortSignal) => ask<{ events: number[] }>(`find?${of(arn)}&text=${encodeURIComponent(text)}`, undefined, signal);
export const evaluate = (question: { execution: string; event: number; expression: string; language: string; root: string }, signal?: AbortSignal) => ask<Evaluated>("evaluate", question, signal);
export const waitingOf = (arn: string, signal?: AbortSignal) => ask<{ tasks: WaitingTask[] }>(`waiting?${of(arn)}`, undefined, signal);
export const take = (execution: string, task: number) => ask<{ taskToken: string }>("take", { execution, task });
export const originOf = (arn: string, signal?: AbortSignal) => ask<Family>(`origin?${of(arn)}`, undefined, signal);
export const restart = (question: { execution: string; state: string; input: string; variables?: string; event?: number; name?: string }) => ask<{ executionArn: string }>("restart", question);
export const descend = (execution: string, origin: string) => ask<object>("descend", { execution, origin });
/** An Express execution that the server remembers. */
export const expressOf = (arn: string, signal?: AbortSignal) => ask<{ execution: Execution; definition: string }>(`express?${of(arn)}`, undefined, signal);
export const expressRuns = (machine: string, signal?: AbortSignal) => ask<{ executions: (ExecutionEntry & { error?: string })[]; kept: number }>(`express?machine=${encodeURIComponent(machine)}`, undefined, signal);
