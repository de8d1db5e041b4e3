import { describe, expect, it } from "vitest";
import { mark, scale, times } from "./axis";

describe("the scale of counts", () => {
  it.each([[0, [0, 1]], [1, [0, 1]], [2, [0, 1, 2]], [3, [0, 1, 2, 3]], [7, [0, 2, 4, 6, 8]], [95, [0, 50, 100]], [1743, [0, 500, 1000, 1500, 2000]], [40_000, [0, 10_000, 20_000, 30_000, 40_000]]])("up to %d is %j", (most, lines) => {
    expect(scale(most, "count")).toEqual(lines);
  });

  it("never has parts of one", () => {
    for (let most = 0; most < 3000; most += 1) {
      const lines = scale(most, "count");
      expect(lines.every(Number.isInteger)).toBe(true);
      expect(lines.at(-1)).toBeGreaterThanOrEqual(most);
      expect(lines.length).toBeLessThanOrEqual(5);
    }
  });
});

describe("the scale of durations", () => {
  it.each([
    [0.0004, ["0", "1 ms"]],
    [0.015, ["0", "5 ms", "10 ms", "15 ms"]],
    [0.8, ["0", "200 ms", "400 ms", "600 ms", "800 ms"]],
    [10.7, ["0", "5 s", "10 s", "15 s"]],
    [70, ["0", "30 s", "1 min", "90 s"]],
    [620, ["0", "5 min", "10 min", "15 min"]],
    [5000, ["0", "30 min", "1 h", "90 min"]],
    [700_000, ["0", "5 d", "10 d"]],
  ])("up to %d s is %j", (most, marks) => {
    expect(scale(most, "duration").map((value) => mark(value, "duration"))).toEqual(marks);
  });
});

describe("the axis of time", () => {
  const at = (text: string) => Date.parse(text) / 1000;

  it("has round times, and the date where a day begins", () => {
    const ticks = times(at("2026-11-27T20:00Z"), at("2026-11-28T20:00Z"), 6, "utc");
    expect(ticks.map(({ text }) => text)).toEqual(["11-28", "06:00", "12:00", "18:00"]);
    expect(ticks[1]!.at).toBe(at("2026-11-28T06:00Z"));
  });

  it("has dates only where steps are days", () => {
    expect(times(at("2026-11-21T12:00Z"), at("2026-11-28T12:00Z"), 8, "utc").map(({ text }) => text)).toEqual(["11-22", "11-23", "11-24", "11-25", "11-26", "11-27", "11-28"]);
  });

  it("never has more than there is room for, but one", () => {
    for (const room of [1, 2, 5, 9, 14]) expect(times(0, 3600, room, "utc").length).toBeLessThanOrEqual(room + 1);
  });
});
