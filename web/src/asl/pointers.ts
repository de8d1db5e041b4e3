// JSON pointers <-> places in the text, so that graph and code can point at each other.

import { Broken, visit } from "./tree";

export interface Span {
  from: number;
  to: number;
}

/** Where each value stands; object members include their name. Stops quietly where the text is no JSON any more. */
export function spans(text: string): Map<string, Span> {
  const found = new Map<string, Span>();
  try {
    visit(text, (pointer, from, to) => found.set(pointer, { from, to }));
  } catch (problem) {
    // What was found so far is still true.
    if (!(problem instanceof Broken)) throw problem;
  }
  return found;
}

const STATE = /^(?:\/States\/[^/]+|\/States\/[^/]+\/(?:Branches\/\d+|ItemProcessor|Iterator))*\/States\/[^/]+$/;

/** The pointer of the innermost state around an offset. */
export function stateAt(places: Map<string, Span>, offset: number): string | null {
  let best: string | null = null;
  let size = Infinity;
  for (const [pointer, { from, to }] of places) {
    if (from <= offset && offset <= to && to - from < size && STATE.test(pointer)) {
      best = pointer;
      size = to - from;
    }
  }
  return best;
}
