import { expect, test } from "vitest";
import type { NodeState, Overlay } from "../history/fold";
import type { Box, Drawing } from "./drawing";
import { firstView, focusOf, isCut, showing, wholeView } from "./view";

const box = (id: string, x: number, y: number, more: Partial<Box> = {}): Box => ({ id, kind: "Pass", name: id, lines: [id], subtitle: "", icon: "pass", x, y, width: 140, height: 50, parent: null, badges: [], comment: null, container: false, folded: false, ...more });
const column = (count: number, width = 300): Drawing => ({ width, height: count * 90, edges: [], boxes: Array.from({ length: count }, (_, index) => box(`s${index}`, 80, index * 90, index === 0 ? { kind: "Start" } : {})) });
const run = (statuses: Record<string, string>): Overlay => ({ nodes: new Map(Object.entries(statuses).map(([id, status]) => [id, { status } as NodeState])), edges: new Map(), loops: new Set() });
const room = { width: 700, height: 420 };
const bottom = (view: { y: number; scale: number }, at: Box) => (at.y + at.height) * view.scale + view.y;

test("what fits is shown whole, in the middle, and not blown up", () => {
  const view = firstView(column(3), null, room);
  expect(view.scale).toBe(1.15);
  expect(isCut(view, column(3), room)).toBe(false);
  expect(view.x * 2 + 300 * view.scale).toBeCloseTo(700);
});

test("of a long workflow all that was reached is seen, as long as it can be read", () => {
  const drawing = column(40);
  const view = firstView(drawing, run({ s1: "succeeded", s2: "succeeded", s3: "running" }), room);
  expect(view.scale).toBeGreaterThan(0.86);
  expect(view.y).toBeGreaterThanOrEqual(0);
  expect(bottom(view, drawing.boxes[3]!)).toBeLessThan(room.height);
});

test("otherwise what failed is in sight, readable; without a run the start", () => {
  const drawing = column(40);
  const all = Object.fromEntries(drawing.boxes.slice(1, 31).map(({ id }) => [id, "succeeded"]));
  const view = firstView(drawing, run({ ...all, s30: "failed" }), room);
  expect(view.scale).toBe(0.86);
  expect(bottom(view, drawing.boxes[30]!)).toBeGreaterThan(0);
  expect(bottom(view, drawing.boxes[30]!)).toBeLessThan(room.height);
  expect(firstView(drawing, null, room)).toMatchObject({ scale: 0.86, y: 14 });
  expect(wholeView(drawing, room).scale).toBeLessThan(0.2);
});

test("the innermost that failed is where a run is", () => {
  const drawing: Drawing = { width: 400, height: 300, edges: [], boxes: [box("P", 0, 0, { container: true, height: 250 }), box("X", 20, 100)] };
  expect(focusOf(drawing, run({ P: "failed", X: "failed" }))?.id).toBe("X");
  expect(focusOf(drawing, run({ P: "succeeded", X: "succeeded" }))).toBeNull();
});

test("a view moves only when it must", () => {
  const view = { x: 0, y: 0, scale: 1 };
  expect(showing(view, box("A", 10, 10), room)).toBe(view);
  expect(showing(view, box("A", 10, 1000), room).y).toBeLessThan(-700);
});
