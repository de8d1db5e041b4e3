// A history told as steps: every visit of a state, what it got, gave and met, and how visits contain each other.
//
// AWS's events form chains (previousEventId): an event belongs to the visit its predecessor belongs to, unless it
// enters or leaves one. Parallel and Map start a chain per branch and iteration.

import type { Definition, StateType } from "../asl/definition";
import type { HistoryEvent, Status } from "../aws/types";

export type StepStatus = "running" | "succeeded" | "caught" | "failed" | "timedOut" | "aborted";

export interface Attempt {
  scheduled: number;
  started?: number;
  ended?: number;
  error?: string;
  cause?: string;
  /** The task has left and news is awaited: a callback or a job. */
  submitted?: boolean;
}

export interface Step {
  /** The id of the event that entered. */
  id: number;
  name: string;
  type: StateType;
  /** Where the state stands in the definition, null when it is not found there. */
  pointer: string | null;
  parent: Step | null;
  /** The visit that came before in the same scope. */
  before: Step | null;
  iteration: number | null;
  /** Directly in a Parallel: which of its branches, from 0. */
  branch: number | null;
  entered: number;
  ended: number | null;
  status: StepStatus;
  attempts: Attempt[];
  /** It runs, in that it waits to be tried again. */
  retrying?: boolean;
  error?: { error: string; cause: string };
  resource?: string;
  mapRunArn?: string;
  /** Of a Map: how its iterations fare. */
  iterations?: { total: number; running: number; succeeded: number; failed: number; aborted: number };
  /** Ids of its own events, in order, without those of the states inside. */
  events: number[];
  depth: number;
}

export interface Story {
  steps: Step[];
  byId: Map<number, Step>;
  /** Event id -> step. */
  owner: Map<number, Step>;
  /** The step whose failure ended the execution. */
  failed: Step | null;
  ended: number | null;
}

type Details = Record<string, unknown>;

interface Chain {
  step: Step | null;
  /** What comes next starts inside the step: a branch or an iteration. */
  inside: boolean;
  left: boolean;
  iteration: number | null;
}

const ROOT: Chain = { step: null, inside: false, left: false, iteration: null };
const ENDS = new Set(["ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"]);

/** The details of an event, whatever their member is called. */
export function details(event: HistoryEvent): Details {
  for (const name in event) if (name.endsWith("EventDetails")) return event[name] as Details;
  return {};
}

export function fold(events: readonly HistoryEvent[], definition: Definition | null): Story {
  const story: Story = { steps: [], byId: new Map(), owner: new Map(), failed: null, ended: null };
  const chains = new Map<number, Chain>();
  for (const event of events) {
    const chain = next(story, event, chains.get(event.previousEventId) ?? ROOT, definition);
    chains.set(event.id, chain);
    if (chain.step) {
      story.owner.set(event.id, chain.step);
      chain.step.events.push(event.id);
    }
  }
  if (story.ended === null) for (const step of story.steps) waitForRetry(step);
  return story;
}

/** What has failed and is not over waits to be tried again, as long as the execution runs. */
function waitForRetry(step: Step): void {
  if ((step.status !== "failed" && step.status !== "timedOut") || step.ended !== null) return;
  step.status = "running";
  step.retrying = true;
}

function next(story: Story, event: HistoryEvent, chain: Chain, definition: Definition | null): Chain {
  const { type } = event;
  if (type.endsWith("StateEntered")) return enter(story, event, chain, definition);
  if (type.endsWith("StateExited")) return leave(story, event, chain);
  if (ENDS.has(type)) return end(story, event, chain);
  if (type === "ExecutionRedriven") return revive(story, chain);
  if (type.startsWith("MapIteration")) return iterate(event, chain, definition);
  if (type.startsWith("MapState") || type.startsWith("ParallelState")) return fork(event, chain, definition);
  // A task goes on: after a redrive it has no predecessor but its own failure.
  const step = chain.step ?? lastFailed(story);
  if (step) attempt(step, event);
  return { ...chain, step };
}

function enter(story: Story, event: HistoryEvent, chain: Chain, definition: Definition | null): Chain {
  const given = details(event);
  const name = String(given.name);
  // After a redrive the chain is cut: the visit before tells where the state stands.
  const earlier = chain.step === null && story.steps.length ? story.steps.findLast((step) => step.name === name) : undefined;
  const parent = earlier ? earlier.parent : chain.inside ? chain.step : (chain.step?.parent ?? null);
  const iteration = earlier ? earlier.iteration : chain.iteration;
  const pointer = definition?.inside.get(parent?.pointer ?? "")?.get(name) ?? null;
  const step: Step = {
    id: event.id,
    name,
    type: event.type.slice(0, -"StateEntered".length) as StateType,
    pointer,
    parent,
    before: chain.inside ? null : chain.step,
    iteration,
    branch: parent?.type === "Parallel" ? (earlier?.branch ?? branchOf(story, parent, pointer, chain)) : null,
    entered: event.timestamp,
    ended: null,
    status: "running",
    attempts: [],
    events: [],
    depth: parent ? parent.depth + 1 : 0,
  };
  story.steps.push(step);
  story.byId.set(step.id, step);
  return { step, inside: false, left: false, iteration };
}

/** The definition tells the branch of a state; without it, branches are counted as they begin. */
function branchOf(story: Story, parallel: Step, pointer: string | null, chain: Chain): number {
  const told = pointer && /\/Branches\/(\d+)\/States\/[^/]*$/.exec(pointer);
  if (told) return Number(told[1]);
  if (!chain.inside && chain.step) return chain.step.branch ?? 0;
  let begun = 0;
  for (let index = story.steps.length - 1; index >= 0 && story.steps[index] !== parallel; index -= 1) {
    const step = story.steps[index]!;
    if (step.parent === parallel && step.before === null) begun += 1;
  }
  return begun;
}

function leave(story: Story, event: HistoryEvent, chain: Chain): Chain {
  const name = details(event).name;
  let step = chain.step;
  while (step && step.name !== name) step = step.parent;
  if (!step) return chain;
  step.ended = event.timestamp;
  step.status = step.error ? "caught" : "succeeded";
  if (step.error && (step.type === "Parallel" || step.type === "Map")) abandon(story, step, event.timestamp);
  return { step, inside: false, left: true, iteration: step.iteration };
}

/** What still runs inside a fork that has failed runs no more, whether or not events say so. */
function abandon(story: Story, fork: Step, at: number): void {
  for (let index = story.steps.length - 1; index >= 0; index -= 1) {
    const step = story.steps[index]!;
    if (step.id <= fork.id) return;
    if (step.ended !== null || !isInside(step, fork)) continue;
    step.ended = at;
    if (step.status === "running") step.status = "aborted";
  }
}

function isInside(step: Step, fork: Step): boolean {
  for (let at = step.parent; at; at = at.parent) if (at === fork) return true;
  return false;
}

function end(story: Story, event: HistoryEvent, chain: Chain): Chain {
  const verdict: StepStatus = event.type === "ExecutionFailed" ? "failed" : event.type === "ExecutionTimedOut" ? "timedOut" : "aborted";
  story.ended = event.timestamp;
  if (event.type === "ExecutionFailed") {
    story.failed = chain.step && innermost(story, chain.step);
    const { error, cause } = details(event);
    for (let step = chain.left ? null : chain.step; step; step = step.parent) {
      step.status = "failed";
    }
    // The execution's error is that of the state that failed, and of all around it.
    for (let step: Step | null = chain.left ? null : story.failed; step; step = step.parent) {
      if (!step.error?.error) step.error = { error: String(error ?? ""), cause: String(cause ?? "") };
    }
  }
  for (const step of story.steps) {
    if (step.ended === null) {
      step.ended = event.timestamp;
      if (step.status === "running") step.status = verdict === "failed" ? "aborted" : verdict;
      const last = step.attempts.at(-1);
      if (last) last.ended ??= event.timestamp;
    }
  }
  return { ...ROOT };
}

/** The state in which the trouble began: a failed Parallel is rarely the answer. */
function innermost(story: Story, step: Step): Step {
  for (let found: Step | undefined = step; found; ) {
    step = found;
    const within: Step = found;
    found = story.steps.findLast((each) => each.parent === within && each.status === "failed");
  }
  return step;
}

/** A redrive: what had failed or was stopped goes on. */
function revive(story: Story, chain: Chain): Chain {
  for (const step of story.steps) {
    if (step.status === "failed" || step.status === "aborted" || step.status === "timedOut") {
      step.status = "running";
      step.ended = null;
      delete step.error;
    }
  }
  story.failed = null;
  story.ended = null;
  return chain;
}

function lastFailed(story: Story): Step | null {
  return story.steps.findLast((step) => step.ended === null && step.attempts.length > 0) ?? null;
}

function iterate(event: HistoryEvent, chain: Chain, definition: Definition | null): Chain {
  const { name, index } = details(event);
  let step = chain.step;
  while (step && (step.name !== name || step.type !== "Map")) step = step.parent;
  if (!step) return chain;
  const tally = (step.iterations ??= { total: 0, running: 0, succeeded: 0, failed: 0, aborted: 0 });
  const iteration = Number(index);
  if (event.type === "MapIterationStarted") {
    tally.running += 1;
    tally.total = Math.max(tally.total, iteration + 1);
    return { step, inside: true, left: false, iteration };
  }
  tally.running = Math.max(0, tally.running - 1);
  if (event.type === "MapIterationFailed") blame(chain, step, event, definition);
  if (event.type === "MapIterationSucceeded") tally.succeeded += 1;
  else if (event.type === "MapIterationFailed") tally.failed += 1;
  else {
    tally.aborted += 1;
    spare(chain, step);
  }
  return { step, inside: false, left: false, iteration: step.iteration };
}

function fork(event: HistoryEvent, chain: Chain, definition: Definition | null): Chain {
  const kind = event.type.startsWith("Map") ? "Map" : "Parallel";
  // After an inner state has been left, its parent is meant; a fork that has failed already is not meant again.
  let step = chain.left ? (chain.step?.parent ?? null) : chain.step;
  if (event.type.endsWith("Started")) {
    if (step) {
      delete step.error;
      step.status = "running";
      if (kind === "Map") step.iterations = { total: Number(details(event).length ?? 0), running: 0, succeeded: 0, failed: 0, aborted: 0 };
    }
    return { step, inside: kind === "Parallel", left: false, iteration: step?.iteration ?? null };
  }
  while (step && (step.type !== kind || step.status !== "running")) step = step.parent;
  if (!step) return chain;
  if (/Failed$|Aborted$/.test(event.type)) {
    const { error, cause } = details(event);
    step.status = event.type.endsWith("Failed") ? "failed" : "aborted";
    if (step.status === "failed") blame(chain, step, event, definition);
    else step.ended = event.timestamp;
    step.error = { error: String(error ?? chain.step?.error?.error ?? ""), cause: String(cause ?? chain.step?.error?.cause ?? "") };
  }
  return { step, inside: false, left: false, iteration: step.iteration };
}

/** An iteration that was aborted has no failure of its own: what had failed in it waited to be tried again. */
function spare(chain: Chain, fork: Step): void {
  for (let step = chain.step; step && step !== fork; step = step.parent) if (step.status === "failed") step.status = "aborted";
}

/** What still ran when its iteration or branch failed is what made it fail: a Fail state, an expression, an inner fork. */
function blame(chain: Chain, fork: Step, event: HistoryEvent, definition: Definition | null): void {
  let told: Step["error"];
  for (let step = chain.left ? null : chain.step; step && step !== fork; step = step.parent) {
    if (step.status === "running") step.status = "failed";
    if (step.status === "failed") step.ended ??= event.timestamp;
    if (step.type === "Fail") step.error ??= written(step, definition);
    if (told && !step.error?.error) step.error = told;
    told ??= step.error;
  }
}

/** The error of a Fail state, where the definition has it in so many words. */
function written(step: Step, definition: Definition | null): Step["error"] {
  const body = step.pointer === null ? undefined : definition?.states.get(step.pointer)?.body;
  const text = (name: string) => (typeof body?.[name] === "string" && !body[name].startsWith("{%") ? body[name] : "");
  return text("Error") ? { error: text("Error"), cause: text("Cause") } : undefined;
}

function attempt(step: Step, event: HistoryEvent): void {
  const given = details(event);
  const { type, timestamp } = event;
  if (type === "MapRunStarted") step.mapRunArn = String(given.mapRunArn);
  if (/Scheduled$/.test(type)) {
    delete step.error;
    step.status = "running";
    step.attempts.push({ scheduled: timestamp });
    step.resource ??= resourceOf(given);
    return;
  }
  const current = step.attempts.at(-1);
  if (/(Task|LambdaFunction|Activity)Started$/.test(type) && current) current.started = timestamp;
  else if (type === "TaskSubmitted" && current) current.submitted = true;
  else if (/Succeeded$/.test(type) && current) current.ended = timestamp;
  else if (/StateAborted$/.test(type)) {
    // A task that failed may be aborted afterwards, with its branch: it is still the one that failed.
    if (step.status === "running") step.status = "aborted";
    step.ended = timestamp;
    if (current) current.ended ??= timestamp;
  } else if (/Failed$|TimedOut$/.test(type)) {
    step.error = { error: String(given.error ?? ""), cause: String(given.cause ?? "") };
    step.status = "failed";
    if (current && current.ended === undefined) Object.assign(current, { ended: timestamp, ...step.error });
  }
}

function resourceOf(given: Details): string | undefined {
  if (typeof given.resourceType === "string") return `${given.resourceType}: ${String(given.resource)}`;
  return typeof given.resource === "string" ? given.resource : undefined;
}

// -- what the graph shows

export interface NodeState {
  status: StepStatus;
  visits: number;
  running: number;
  failed: number;
  retries: number;
  latest: Step;
}

export interface Overlay {
  nodes: Map<string, NodeState>;
  /** "from pointer -> to pointer" -> how often it was gone. "" stands for start and end. */
  edges: Map<string, number>;
  /** The edges that were gone more than once by one and the same branch, iteration or execution: loops. */
  loops: Set<string>;
}

/** How a node stands when several visits differ: what needs attention wins. */
const WEIGHT: Record<StepStatus, number> = { running: 5, failed: 4, timedOut: 3, aborted: 2, caught: 1, succeeded: 0 };

export function overlay(story: Story, status: Status | undefined): Overlay {
  const nodes = new Map<string, NodeState>();
  const edges = new Map<string, number>();
  const loops = new Set<string>();
  const gone = new Set<string>();
  const pass = (from: string, step: Step, how = "") => {
    const key = `${from} -> ${step.pointer}${how}`;
    edges.set(key, (edges.get(key) ?? 0) + 1);
    const here = `${step.parent?.id ?? ""} ${step.iteration} ${key}`;
    if (gone.has(here)) loops.add(key);
    gone.add(here);
  };
  for (const step of story.steps) {
    if (step.pointer === null) continue;
    const node = nodes.get(step.pointer);
    const retries = Math.max(0, step.attempts.length - 1) + Number(step.retrying ?? false);
    const running = Number(step.status === "running");
    const failed = Number(step.status === "failed" || step.status === "timedOut");
    if (!node) nodes.set(step.pointer, { status: step.status, visits: 1, running, failed, retries, latest: step });
    else {
      node.visits += 1;
      node.running += running;
      node.failed += failed;
      node.retries += retries;
      // In a loop the latest visit speaks; side by side (branches, iterations) the gravest does.
      const sideBySide = step.iteration !== null || node.latest.parent !== step.parent;
      if (!sideBySide || WEIGHT[step.status] >= WEIGHT[node.status]) node.status = step.status;
      node.latest = step;
    }
    if (step.before?.pointer) pass(step.before.pointer, step, step.before.status === "caught" ? " caught" : "");
    else if (step.parent === null) pass("", step);
  }
  if (status === "SUCCEEDED") {
    const last = story.steps.filter((step) => step.parent === null).at(-1);
    if (last?.pointer) edges.set(`${last.pointer} -> `, 1);
  }
  return { nodes, edges, loops };
}
