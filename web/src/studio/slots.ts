// Where in a picture a state can be put: on every edge, and at the beginnings and ends of inner flows, which have no
// edges of their own.

import type { Definition } from "../asl/definition";
import type { Drawing, Edge, Slot } from "../graph/drawing";

/** Pixels between a box and the slot before or behind it. */
const AWAY = 11;

export function slotsOf(drawing: Drawing, definition: Definition): Slot[] {
  const found: Slot[] = [];
  const name = (pointer: string) => definition.states.get(pointer)?.name ?? "";
  for (const edge of drawing.edges) {
    // A Succeed leads to the end by what it is; nothing can follow it.
    if (edge.id.endsWith("/Type")) continue;
    const [x, y] = freeSpot(edge, found);
    const from = edge.kind === "start" ? null : edge.source;
    const where = edge.kind === "start" ? "at the start" : `after ${name(edge.source)}${edge.kind === "end" ? ", at the end" : `, before ${name(edge.target)}`}${edge.label ? ` (${edge.label.text})` : ""}`;
    found.push({ id: edge.id, x, y, where, beside: [from, edge.kind === "end" ? null : edge.target] });
  }
  for (const box of drawing.boxes) {
    const state = definition.states.get(box.id);
    if (!state?.parent) continue;
    const scope = box.id.slice(0, box.id.lastIndexOf("/States/"));
    const first = valueAt(definition, state.parent, scope)?.StartAt;
    const x = box.x + box.width / 2;
    if (first === state.name) found.push({ id: `${scope}/StartAt`, x, y: box.y - AWAY, where: `before ${state.name}, first in ${name(state.parent)}`, beside: [box.id, null] });
    if (state.body.End === true) found.push({ id: `${box.id}/End`, x, y: box.y + box.height + AWAY, where: `after ${state.name}, last in ${name(state.parent)}`, beside: [box.id, null] });
  }
  return found;
}

/** Whether two lists are drawn alike. */
export function sameSlots(one: readonly Slot[], other: readonly Slot[]): boolean {
  return one.length === other.length && one.every(({ id, x, y, where }, index) => {
    const slot = other[index]!;
    return id === slot.id && x === slot.x && y === slot.y && where === slot.where;
  });
}

function valueAt(definition: Definition, parent: string, scope: string): Record<string, unknown> | undefined {
  const body = definition.states.get(parent)?.body;
  const [, member = "", index] = scope.slice(parent.length).split("/");
  const found = body?.[member];
  return (index === undefined ? found : Array.isArray(found) ? found[Number(index)] : undefined) as Record<string, unknown> | undefined;
}

/** A point on the curve that no label and no other slot hides. */
function freeSpot(edge: Edge, taken: readonly Slot[]): [number, number] {
  const points = [0.5, 0.62, 0.38, 0.74, 0.26, 0.84, 0.16].map((share) => pointAt(edge.curve, share));
  const covered = ([x, y]: [number, number]) => {
    const label = edge.label;
    if (label && x > label.x - 12 && x < label.x + label.width + 12 && y > label.y - 11 && y < label.y + label.height + 11) return true;
    return taken.some((slot) => Math.hypot(slot.x - x, slot.y - y) < 22);
  };
  return points.find((point) => !covered(point)) ?? points[0]!;
}

/** The point at a share of the length of a chain of cubic Bézier segments. */
export function pointAt(curve: readonly [number, number][], share: number): [number, number] {
  const line: [number, number][] = [curve[0]!];
  for (let index = 1; index + 2 < curve.length; index += 3) {
    const [a, b, c, d] = [line.at(-1)!, curve[index]!, curve[index + 1]!, curve[index + 2]!];
    for (let step = 1; step <= 8; step += 1) {
      const t = step / 8;
      const u = 1 - t;
      const mix = (axis: 0 | 1) => u ** 3 * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t ** 3 * d[axis];
      line.push([mix(0), mix(1)]);
    }
  }
  const lengths = line.slice(1).map(([x, y], index) => Math.hypot(x - line[index]![0], y - line[index]![1]));
  let left = lengths.reduce((sum, length) => sum + length, 0) * share;
  for (const [index, length] of lengths.entries()) {
    if (left <= length) {
      const part = length ? left / length : 0;
      const [[x1, y1], [x2, y2]] = [line[index]!, line[index + 1]!];
      return [x1 + (x2 - x1) * part, y1 + (y2 - y1) * part];
    }
    left -= length;
  }
  return line.at(-1)!;
}
