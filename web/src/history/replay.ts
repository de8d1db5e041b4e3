// The past played again: which event is shown when, with long pauses cut short.

import type { HistoryEvent } from "../aws/types";

/** Seconds that a pause between two events lasts at most, and the whole film. */
const LONGEST = 0.8;
const FILM = 20;

/** The moment of each event in the film, in seconds from its start. */
export function film(events: readonly HistoryEvent[]): Float64Array {
  const moments = new Float64Array(events.length);
  for (let index = 1; index < events.length; index += 1) {
    const pause = Math.max(0, events[index]!.timestamp - events[index - 1]!.timestamp);
    moments[index] = moments[index - 1]! + Math.min(LONGEST, Math.max(0.04, pause));
  }
  const length = moments.at(-1) ?? 0;
  if (length > FILM) for (let index = 0; index < moments.length; index += 1) moments[index]! *= FILM / length;
  return moments;
}

/** How many events have happened at a moment of the film. */
export function shownAt(moments: Float64Array, at: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
