// An execution as a file: written for other tools and read back, also from what the AWS CLI exports.

import type { Execution, HistoryEvent, Status } from "../aws/types";
import { details } from "./fold";

/** The bundle that `treadle` reads, too (docs/history.md). */
export const BUNDLE = "execution/1";

export interface Imported {
  execution: Execution;
  definition: string | undefined;
  events: HistoryEvent[];
}

const ENDS: Record<string, Status> = { ExecutionSucceeded: "SUCCEEDED", ExecutionFailed: "FAILED", ExecutionAborted: "ABORTED", ExecutionTimedOut: "TIMED_OUT" };
type Answer = Record<string, unknown>;

export function bundle(execution: Execution, definition: string | undefined, events: readonly HistoryEvent[]): unknown {
  return { treadle: BUNDLE, execution, ...(definition !== undefined && { stateMachine: { definition, stateMachineArn: execution.stateMachineArn } }), events };
}

/** One or more texts: a bundle, or answers of get-execution-history, describe-execution, describe-state-machine or a definition. */
export function readExport(texts: readonly string[]): Imported {
  const events = new Map<number, HistoryEvent>();
  let facts: Answer = {};
  let definition: string | undefined;
  const take = (answer: unknown): void => {
    if (Array.isArray(answer)) return void answer.forEach((row) => events.set(Number((row as HistoryEvent).id), event(row as Answer)));
    if (typeof answer !== "object" || answer === null) throw new Error("This file holds no execution.");
    const found = answer as Answer;
    if (found.treadle === BUNDLE) for (const part of [found.execution, found.stateMachine]) if (part) take(part);
    if (Array.isArray(found.events)) take(found.events);
    if (typeof found.definition === "string") definition = found.definition;
    if ("executionArn" in found && "status" in found) facts = { ...facts, ...found };
    if ("StartAt" in found && "States" in found) definition = JSON.stringify(found, null, 2);
  };
  for (const text of texts) take(JSON.parse(text.replace(/^\uFEFF/, "")));
  const ordered = [...events.values()].sort((one, other) => one.id - other.id);
  const missing = ordered.findIndex(({ id }, index) => id !== index + 1);
  if (!ordered.length) throw new Error("There are no events in it. Export them with: aws stepfunctions get-execution-history --execution-arn …");
  if (missing >= 0) throw new Error(`Event ${missing + 1} is missing: export all pages of the history.`);
  return { execution: described(facts, ordered), definition, events: ordered };
}

function described(facts: Answer, events: HistoryEvent[]): Execution {
  const [first, last] = [events[0]!, events.at(-1)!];
  const end = details(last);
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const found: Execution = {
    executionArn: text(facts.executionArn) ?? "imported",
    stateMachineArn: text(facts.stateMachineArn) ?? "",
    name: text(facts.name) ?? text(facts.executionArn)?.split(":").pop() ?? "Imported execution",
    status: ENDS[last.type] ?? "RUNNING",
    startDate: first.timestamp,
    ...(ENDS[last.type] && { stopDate: last.timestamp }),
  };
  const given = { input: text(details(first).input), output: text(end.output), error: text(end.error), cause: text(end.cause) };
  return Object.assign(found, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}

function event(row: Answer): HistoryEvent {
  if (typeof row?.type !== "string" || row.id === undefined) throw new Error(`This is no history event: ${JSON.stringify(row).slice(0, 80)}`);
  const at = typeof row.timestamp === "number" ? row.timestamp : Date.parse(String(row.timestamp)) / 1000;
  return { ...row, id: Number(row.id), previousEventId: Number(row.previousEventId ?? 0), timestamp: at, type: row.type };
}

/** Offers a text as a file. */
export function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
