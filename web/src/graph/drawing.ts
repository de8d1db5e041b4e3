// The server's picture of a definition (src/treadle/tools/layout/drawing.py), and how a run lies on it.

import type { NodeState, Overlay } from "../history/fold";

export interface Box {
  id: string;
  kind: "Start" | "End" | "Missing" | "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" | "Parallel" | "Map";
  name: string;
  lines: string[];
  subtitle: string;
  icon: string;
  x: number;
  y: number;
  width: number;
  height: number;
  parent: string | null;
  badges: { kind: "retry"; text: string; note: string }[];
  comment: string | null;
  container: boolean;
  /** A container whose inside is not shown. */
  folded: boolean;
}

export interface Edge {
  id: string;
  kind: "start" | "next" | "choice" | "default" | "catch" | "end";
  source: string;
  target: string;
  path: string;
  /** A start point and cubic Bézier segments of three points. */
  curve: [number, number][];
  back: boolean;
  label: { text: string; note: string; x: number; y: number; width: number; height: number } | null;
}

export interface Drawing {
  width: number;
  height: number;
  boxes: Box[];
  edges: Edge[];
}

/** A place between states where another one can be put; `id` is the field of the definition that leads there. */
export interface Slot {
  id: string;
  x: number;
  y: number;
  /** "after Validate", to be read. */
  where: string;
  /** The states on both sides. */
  beside: (string | null)[];
}

/** What is to be said of a state beside its own content. */
export interface Mark {
  tone: "bad" | "warn" | "ok" | "run";
  icon: string;
  note: string;
}

export interface Passage {
  times: number;
  /** Worth saying: a loop, or one of several ways that were gone differently often. */
  told: boolean;
}

/** How often each edge was gone. Where two edges lead from one state to another, the first of the right kind counts. */
export function taken(drawing: Drawing, { edges, loops }: Overlay): Map<string, Passage> {
  const left = new Map(edges);
  const found = new Map<string, Passage>();
  const ways = new Map<string, number>();
  for (const { source } of drawing.edges) ways.set(source, (ways.get(source) ?? 0) + 1);
  for (const edge of drawing.edges) {
    const from = edge.kind === "start" ? "" : edge.source;
    const to = edge.kind === "end" ? "" : edge.target;
    const key = `${from} -> ${to}${edge.kind === "catch" ? " caught" : ""}`;
    const times = left.get(key);
    if (times) {
      found.set(edge.id, { times, told: times > 1 && (loops.has(key) || ways.get(edge.source)! > 1) });
      left.delete(key);
    }
  }
  return found;
}

/** The point half along an edge. */
export function middle({ curve }: Edge): [number, number] {
  const points: [number, number][] = [curve[0]!];
  for (let at = 1; at + 2 < curve.length; at += 3) {
    const [p, q, r, s] = [curve[at - 1]!, curve[at]!, curve[at + 1]!, curve[at + 2]!];
    for (let step = 1; step <= 12; step += 1) {
      const t = step / 12;
      const u = 1 - t;
      const along = (axis: 0 | 1) => u * u * u * p[axis] + 3 * u * u * t * q[axis] + 3 * u * t * t * r[axis] + t * t * t * s[axis];
      points.push([along(0), along(1)]);
    }
  }
  const lengths = points.slice(1).map(([x, y], index) => Math.hypot(x - points[index]![0], y - points[index]![1]));
  let rest = lengths.reduce((sum, each) => sum + each, 0) / 2;
  for (const [index, length] of lengths.entries()) {
    if (rest <= length && length > 0) {
      const [[x, y], [nx, ny]] = [points[index]!, points[index + 1]!];
      return [x + ((nx - x) * rest) / length, y + ((ny - y) * rest) / length];
    }
    rest -= length;
  }
  return points[0]!;
}

/** The box that a key leads to from a box: the nearest one in that direction. */
export function neighbour(drawing: Drawing, from: Box, key: string): Box | null {
  const across = key === "ArrowLeft" || key === "ArrowRight";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  const [x, y] = centre(from);
  let best: Box | null = null;
  let shortest = Infinity;
  for (const box of drawing.boxes) {
    if (box === from || box.kind === "Start" || box.kind === "End") continue;
    const [bx, by] = centre(box);
    const along = sign * (across ? bx - x : by - y);
    const aside = Math.abs(across ? by - y : bx - x);
    if (along <= 4) continue;
    const distance = along + aside * 2;
    if (distance < shortest) [best, shortest] = [box, distance];
  }
  return best;
}

/** Of a container the head counts, not the middle of what it holds. */
function centre(box: Box): [number, number] {
  return [box.x + box.width / 2, box.container ? box.y + 22 : box.y + box.height / 2];
}

/** How often the state was visited and repeated, where that is more than once. */
export function tally({ visits, retries }: { visits: number; retries: number }): string[] {
  return [visits > 1 ? `×${visits}` : "", retries ? `↻${retries}` : ""].filter(Boolean);
}

/** What a screen reader hears of a box. */
export function describe(box: Box, state: NodeState | undefined, word: (status: string) => string): string {
  // First what is written on the box, in the same order, so that it can be called by what is seen.
  const parts = [...box.lines, box.subtitle, ...(state ? tally(state) : box.badges.map(({ text }) => text)), box.name];
  if (state) {
    parts.push(word(state.status));
    if (state.visits > 1) parts.push(`${state.visits} visits`);
    if (state.retries) parts.push(`${state.retries} retries`);
  } else parts.push(...box.badges.map(({ note }) => note));
  return [...new Set(parts)].filter(Boolean).join(", ");
}
