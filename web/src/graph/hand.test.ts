import { expect, test } from "vitest";
import { pinched } from "./hand";

const VIEW = { x: 10, y: 20, scale: 1 };

test("what is between two fingers stays between them", () => {
  const made = pinched(VIEW, [{ x: 100, y: 100 }, { x: 200, y: 100 }], [{ x: 50, y: 150 }, { x: 250, y: 150 }], 0.1, 4);
  expect(made.scale).toBe(2);
  // The point of the picture that was at (150, 100) is at (150, 150).
  expect([(150 - made.x) / made.scale, (150 - made.y) / made.scale]).toEqual([150 - VIEW.x, 100 - VIEW.y]);
});

test("there is a smallest and a largest", () => {
  expect(pinched(VIEW, [{ x: 0, y: 0 }, { x: 100, y: 0 }], [{ x: 0, y: 0 }, { x: 1, y: 0 }], 0.5, 4).scale).toBe(0.5);
  expect(pinched(VIEW, [{ x: 0, y: 0 }, { x: 1, y: 0 }], [{ x: 0, y: 0 }, { x: 100, y: 0 }], 0.5, 4).scale).toBe(4);
});
