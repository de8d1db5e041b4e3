// The iterations of a Map, each as one thing; and a story told of one of them alone.

import type { Step, StepStatus, Story } from "./fold";

export interface Iteration {
  index: number;
  status: StepStatus;
  /** The visit that tells most: the failed or running one, otherwise the last. */
  step: Step;
}

export function iterationsOf(story: Story, map: Step): Iteration[] {
  const found = new Map<number, Iteration>();
  for (const step of story.steps) {
    if (step.parent !== map || step.iteration === null) continue;
    const known = found.get(step.iteration);
    // What was caught inside an iteration is not its failure.
    const status = step.status === "caught" ? "succeeded" : step.status;
    if (!known || step.id > known.step.id) found.set(step.iteration, { index: step.iteration, status, step });
  }
  return [...found.values()].sort((one, other) => one.index - other.index);
}

/** The story without the other iterations of a Map. */
export function narrowed(story: Story, map: Step, index: number): Story {
  const steps = story.steps.filter((step) => {
    for (let at: Step | null = step; at; at = at.parent) if (at.parent === map) return at.iteration === index;
    return step.pointer === null || map.pointer === null || !step.pointer.startsWith(`${map.pointer}/`);
  });
  return { ...story, steps };
}
