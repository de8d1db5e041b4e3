import { describe, expect, it } from "vitest";
import { ceiling } from "./Chart";

describe("the top of a chart", () => {
  it.each([[0, 1], [3, 4], [7, 10], [95, 100], [101, 200], [4.2, 5]])("of %d is %d", (value, top) => {
    expect(ceiling(value)).toBe(top);
  });

  it.each([[0.3, 0.4], [49, 50], [70, 120], [620, 1200], [5000, 7200]])("of durations up to %d s is %d s", (value, top) => {
    expect(ceiling(value, true)).toBeCloseTo(top);
  });
});
