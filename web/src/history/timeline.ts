// When everything ran, as pieces on a scale from 0 to 1; long stretches in which nobody works may be folded.

import type { Step } from "./fold";

export interface Piece {
  /** queue: scheduled and not started; wait: for time or for somebody; pause: before the next attempt. */
  kind: "run" | "queue" | "wait" | "pause" | "frame";
  from: number;
  to: number;
  tone: "ok" | "run" | "bad" | "warn" | "idle";
  note: string;
}

const TONES = { running: "run", succeeded: "ok", caught: "warn", failed: "bad", timedOut: "bad", aborted: "idle" } as const;

export function pieces(step: Step, now: number): Piece[] {
  const end = step.ended ?? now;
  const tone = TONES[step.status];
  const whole = (kind: Piece["kind"], note: string): Piece => ({ kind, from: step.entered, to: end, tone, note });
  if (step.mapRunArn) return [whole("run", "The children of the map run work")];
  if (step.type === "Parallel" || step.type === "Map") return [whole("frame", step.name)];
  if (step.type === "Wait") return [whole("wait", "Waits")];
  if (!step.attempts.length) return [whole("run", step.name)];
  const found: Piece[] = [];
  step.attempts.forEach((attempt, index) => {
    const name = step.attempts.length > 1 ? `Attempt ${index + 1}` : "Task";
    const until = attempt.ended ?? end;
    const own = attempt.error !== undefined ? "bad" : attempt.ended !== undefined ? "ok" : tone;
    const started = attempt.started ?? until;
    if (started > attempt.scheduled) found.push({ kind: "queue", from: attempt.scheduled, to: started, tone: own, note: `${name} waits to be started` });
    const asked = attempt.submitted;
    if (attempt.started !== undefined) found.push({ kind: asked ? "wait" : "run", from: attempt.started, to: until, tone: own, note: `${name}${asked ? " waits for news" : ""}${attempt.error ? `: ${attempt.error}` : ""}` });
    const next = step.attempts[index + 1];
    if (next && attempt.ended !== undefined) found.push({ kind: "pause", from: attempt.ended, to: next.scheduled, tone: "idle", note: "Pause before the next attempt" });
  });
  return found;
}

export interface Stretch {
  from: number;
  to: number;
  /** Share of the scale. */
  start: number;
  size: number;
  folded: boolean;
}

export interface Scale {
  stretches: Stretch[];
  at: (time: number) => number;
  time: (share: number) => number;
}

/** Of the whole, a folded stretch takes this much; shorter ones are not worth it. */
const FOLDED = 0.03;
const WORTH = 0.12;
/** Seconds of work without which nothing is folded. */
const LEAST = 0.02;

export function scale(steps: readonly Step[], from: number, to: number, fold: boolean): Scale {
  const length = Math.max(to - from, 1e-6);
  const long = fold ? gaps(steps, from, to).filter(([start, end]) => end - start > length * WORTH) : [];
  const unfolded = length - long.reduce((sum, [start, end]) => sum + end - start, 0);
  // Where next to nothing is left, the waiting itself is what there is to see.
  const idle = unfolded > LEAST ? long : [];
  const folded = idle.length ? length - unfolded : 0;
  const room = Math.max(0.2, 1 - idle.length * FOLDED);
  const working = Math.max(length - folded, 1e-6);
  const stretches: Stretch[] = [];
  let [time, start] = [from, 0];
  const add = (until: number, isFolded: boolean) => {
    const size = isFolded ? (1 - room) / idle.length : ((until - time) / working) * room;
    if (until > time || isFolded) stretches.push({ from: time, to: until, start, size, folded: isFolded });
    [time, start] = [until, start + size];
  };
  for (const [begin, end] of idle) {
    add(begin, false);
    add(end, true);
  }
  add(to, false);
  const find = (fits: (stretch: Stretch) => boolean) => stretches.find(fits) ?? stretches.at(-1)!;
  return {
    stretches,
    at: (moment) => {
      if (moment <= from) return 0;
      const stretch = find((each) => moment <= each.to);
      return Math.min(1, stretch.start + ((moment - stretch.from) / Math.max(stretch.to - stretch.from, 1e-9)) * stretch.size);
    },
    time: (share) => {
      const stretch = find((each) => share <= each.start + each.size);
      return stretch.from + ((share - stretch.start) / Math.max(stretch.size, 1e-9)) * (stretch.to - stretch.from);
    },
  };
}

/** Idle time is folded by itself where the rest would be this many times shorter: what worked could not be seen. */
const CRUSHED = 100;

/** Whether idle time would crush the rest. Elsewhere a wait is shown as long as it was. */
export function crushed(steps: readonly Step[], from: number, to: number): boolean {
  const idle = gaps(steps, from, to).reduce((sum, [start, end]) => sum + end - start, 0);
  return idle > CRUSHED * (to - from - idle);
}

/** The stretches in which nothing ran: everybody waited. */
function gaps(steps: readonly Step[], from: number, to: number): [number, number][] {
  const busy: [number, number][] = [];
  for (const step of steps) for (const piece of pieces(step, to)) if (piece.kind === "run") busy.push([piece.from, piece.to]);
  busy.sort((one, other) => one[0] - other[0]);
  const found: [number, number][] = [];
  let reached = from;
  for (const [start, end] of busy) {
    if (start > reached) found.push([reached, start]);
    reached = Math.max(reached, end);
  }
  if (to > reached) found.push([reached, to]);
  return found;
}
