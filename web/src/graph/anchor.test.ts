import { expect, test } from "vitest";
import { anchorOf, shift } from "./anchor";
import type { Box, Drawing } from "./drawing";

const box = (id: string, x: number, y: number, width = 100): Box => ({ id, kind: "Pass", name: id, lines: [id], subtitle: "", icon: "", x, y, width, height: 40, parent: null, badges: [], comment: null, container: false, folded: false });
const drawing = (...boxes: Box[]): Drawing => ({ width: 0, height: 0, boxes, edges: [] });
const MIDDLE = { x: 50, y: 120 };

test("the selected state keeps its place", () => {
  const pair = anchorOf({ drawing: drawing(box("a", 0, 0), box("b", 0, 100)), selected: "b" }, { drawing: drawing(box("a", 0, 0), box("new", 0, 100), box("b", 10, 200, 120)), selected: "b" }, MIDDLE);
  expect(shift(pair!)).toEqual({ x: -20, y: -100 });
});

test("a state put behind the selected one leaves that where it is; a renamed one is the same", () => {
  const before = { drawing: drawing(box("a", 0, 0), box("b", 0, 100)), selected: "b" };
  expect(anchorOf(before, { drawing: drawing(box("a", 0, 0), box("b", 5, 100), box("c", 0, 200)), selected: "c" }, MIDDLE)!.map(({ id }) => id)).toEqual(["b", "b"]);
  expect(anchorOf(before, { drawing: drawing(box("a", 0, 0), box("z", 0, 100)), selected: "z" }, MIDDLE)!.map(({ id }) => id)).toEqual(["b", "z"]);
});

test("without a selection what is in the middle stays", () => {
  const before = { drawing: drawing(box("a", 0, 0), box("b", 0, 100), box("c", 0, 200)), selected: null };
  expect(anchorOf(before, { drawing: drawing(box("a", 0, 0), box("b", 0, 150)), selected: null }, MIDDLE)![0].id).toBe("b");
  expect(anchorOf(before, { drawing: drawing(), selected: null }, MIDDLE)).toBeNull();
});
