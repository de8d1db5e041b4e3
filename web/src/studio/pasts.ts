// What past executions had when they came to a state, as data to try it with.

import { ask, states } from "../aws/client";
import type { Flow } from "../aws/looking";
import { useData } from "../lib/data";
import { pretty } from "../lib/json";

interface Past {
  executionArn: string;
  name: string;
  status: string;
}

export function usePastExecutions(machine: string) {
  return useData(`pasts ${machine}`, (signal) => states<{ executions: Past[] }>("ListExecutions", { stateMachineArn: machine, maxResults: 15 }, signal).then(({ executions }) => executions));
}

interface HistoryEvent {
  id: number;
  type: string;
  stateEnteredEventDetails?: { name: string };
}

/** The last time that an execution came to a state; null if it did not. */
export async function lastVisit(execution: string, state: string): Promise<{ input: string; variables: string; context: string; result?: string | undefined } | null> {
  const { events } = await ask<{ events: HistoryEvent[] }>(`history?execution=${encodeURIComponent(execution)}&brief=1`);
  const entered = events.findLast(({ stateEnteredEventDetails: details }) => details?.name === state);
  if (!entered) return null;
  const flow = await ask<Flow>(`flow?execution=${encodeURIComponent(execution)}&event=${entered.id}`);
  const stage = (name: string) => flow.stages.find((each) => each.name === name)?.text;
  const variables = Object.entries(flow.variables).map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
  return {
    input: pretty(stage("input") ?? "{}"),
    variables: variables.length ? pretty(`{${variables.join(", ")}}`) : "",
    context: pretty(flow.context),
    result: stage("result") === undefined ? undefined : pretty(stage("result")!),
  };
}
