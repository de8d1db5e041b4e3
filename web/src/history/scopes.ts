// Branches and iterations: what a Parallel or Map contains, each as one thing; a story told of one of them alone; and
// the order in which a story is read.

import type { Definition } from "../asl/definition";
import type { Step, StepStatus, Story } from "./fold";

/** One branch of a visit of a Parallel, or one iteration of a visit of a Map. */
export interface Part {
  /** As AWS counts: from 0. */
  index: number;
  /** Null as long as it has not begun. */
  status: StepStatus | null;
  /** The visit that tells most: the failed or running one, otherwise the last. */
  step: Step | null;
}

/** A part of a fork, or with a null index the whole of that one visit. */
export interface Scope {
  fork: Step;
  index: number | null;
}

export function isFork(step: Step): boolean {
  return step.type === "Parallel" || (step.type === "Map" && !step.mapRunArn);
}

/** Which branch or iteration of its parent a visit belongs to. */
export function partOf(step: Step): number | null {
  return step.parent && (step.parent.type === "Parallel" ? step.branch : step.iteration);
}

export function partsOf(story: Story, fork: Step, definition: Definition | null): Part[] {
  const found = new Map<number, Part>();
  const branches = fork.pointer === null ? undefined : definition?.states.get(fork.pointer)?.body.Branches;
  if (Array.isArray(branches)) branches.forEach((_, index) => found.set(index, { index, status: null, step: null }));
  for (const step of story.steps) {
    const index = step.parent === fork ? partOf(step) : null;
    if (index !== null) found.set(index, { index, status: step.status, step });
  }
  for (const part of found.values()) part.status = part.step && statusOf(part.step, fork, definition);
  return [...found.values()].sort((one, other) => one.index - other.index);
}

/** How a part stands by its last visit. What was caught inside is not its failure. */
function statusOf(last: Step, fork: Step, definition: Definition | null): StepStatus {
  if (last.status !== "succeeded" && last.status !== "caught") return last.status;
  const body = last.pointer === null ? undefined : definition?.states.get(last.pointer)?.body;
  const over = last.status === "succeeded" && (!body || body.End === true || body.Type === "Succeed");
  if (over || fork.status === "succeeded") return "succeeded";
  return fork.status === "running" ? "running" : "aborted";
}

/** Whose failure ended a fork, and what that cut off. Null where no part failed. */
export function cutOff(parts: readonly Part[]): { failed: Part[]; aborted: Part[]; succeeded: Part[] } | null {
  const of = (...wanted: (StepStatus | null)[]) => parts.filter(({ status }) => wanted.includes(status));
  const failed = of("failed", "timedOut");
  return failed.length ? { failed, aborted: of("aborted"), succeeded: of("succeeded") } : null;
}

/** The visits of forks beside this one, itself among them: other states, and other rounds of a loop. */
export function siblings(story: Story, fork: Step): Step[] {
  return story.steps.filter((step) => isFork(step) && step.parent === fork.parent && partOf(step) === partOf(fork));
}

/** The parts around a visit, outermost first. */
export function wayTo(step: Step): { fork: Step; index: number }[] {
  const way: { fork: Step; index: number }[] = [];
  for (let at: Step | null = step; at?.parent; at = at.parent) way.unshift({ fork: at.parent, index: partOf(at) ?? 0 });
  return way;
}

/** "30:1" or "30" in an address: the visit of a fork by its event, and which part. */
export function readScope(story: Story, text: string | null): Scope | null {
  const [id, index] = (text ?? "").split(":");
  const fork = id ? story.byId.get(Number(id)) : undefined;
  return fork && isFork(fork) ? { fork, index: index === undefined || index === "" ? null : Number(index) } : null;
}

export function writeScope(scope: Scope | null): string | null {
  return scope && `${scope.fork.id}${scope.index === null ? "" : `:${scope.index}`}`;
}

/**
 * The story without the other parts and rounds of the forks around a scope. With `beside`, for the graph, the branches beside
 * it stay, and of the forks themselves only the visits that are meant.
 */
export function narrowed(story: Story, { fork, index }: Scope, beside = false): Story {
  const wanted = new Map<Step, number | null>([...wayTo(fork), { fork, index }].map((each) => [each.fork, beside && each.fork.type === "Parallel" ? null : each.index]));
  const pointers = new Set([...wanted.keys()].map(({ pointer }) => pointer));
  // Parents stand before what they contain.
  const kept = new Set<Step>();
  const steps = story.steps.filter((step) => {
    const { parent } = step;
    if (beside && step.pointer !== null && pointers.has(step.pointer) && !wanted.has(step)) return false;
    const stays = parent === null || (kept.has(parent) && (wanted.has(parent) ? (wanted.get(parent) ?? partOf(step)) === partOf(step) : parent.pointer === null || !pointers.has(parent.pointer)));
    if (stays) kept.add(step);
    return stays;
  });
  return { ...story, steps };
}

/** Whether a state of the definition stands in a branch beside the scope's. */
export function besides({ fork, index }: Scope): (pointer: string) => boolean {
  const way = [...wayTo(fork), { fork, index }].filter((each) => each.fork.type === "Parallel" && each.fork.pointer !== null && each.index !== null);
  const rows = way.map((each) => [`${each.fork.pointer}/`, `${each.fork.pointer}/Branches/${each.index}/`] as const);
  return (pointer) => rows.some(([around, own]) => pointer.startsWith(around) && !pointer.startsWith(own));
}

/** The visits as one reads them: what a fork contains directly below it, part by part. */
export function nested(steps: readonly Step[]): Step[] {
  const inside = new Map<Step | null, Step[]>();
  const shown = new Set(steps);
  for (const step of steps) {
    const parent = step.parent && shown.has(step.parent) ? step.parent : null;
    const those = inside.get(parent);
    if (those) those.push(step);
    else inside.set(parent, [step]);
  }
  if (inside.size <= 1) return [...steps];
  const found: Step[] = [];
  const add = (parent: Step | null) => {
    const those = inside.get(parent);
    if (!those) return;
    if (parent) those.sort((one, other) => (partOf(one) ?? 0) - (partOf(other) ?? 0) || one.id - other.id);
    for (const step of those) {
      found.push(step);
      add(step);
    }
  };
  add(null);
  return found;
}

/** "Branch 2" and "Item 0": people count branches, AWS counts items. */
export function partName(fork: Step, index: number): string {
  return fork.type === "Parallel" ? `Branch ${index + 1}` : `Item ${index}`;
}

/** The name of the state with which a branch begins. */
export function beginning(fork: Step, index: number, definition: Definition | null): string | undefined {
  const branches = fork.type === "Parallel" && fork.pointer !== null ? definition?.states.get(fork.pointer)?.body.Branches : undefined;
  const branch = Array.isArray(branches) ? branches[index] : undefined;
  const first = typeof branch === "object" && branch !== null && !Array.isArray(branch) ? branch.StartAt : undefined;
  return typeof first === "string" ? first : undefined;
}
