import { describe, expect, it } from "vitest";
import { joined, level, unfolded, type LogLine } from "./logs-data";

describe("log lines", () => {
  it.each([
    ["START RequestId: 1 Version: $LATEST\n", "platform"],
    ["REPORT RequestId: 1\tDuration: 1 ms", "platform"],
    ["[ERROR] ZeroDivisionError: division by zero\nTraceback ...", "error"],
    ['{"level":"error","message":"x"}', "error"],
    ['{"id":"5","type":"ExecutionFailed","details":{}}', "error"],
    ["[WARNING]\t2026-01-01\tslow", "warning"],
    ["errors: 0", "info"],
    [`${"x".repeat(500)} ERROR`, "info"],
  ])("%j is %s", (message, expected) => {
    expect(level(message)).toBe(expected);
  });

  it("unfolds JSON and leaves other text", () => {
    expect(unfolded('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(unfolded("{broken")).toBeNull();
    expect(unfolded("plain")).toBeNull();
  });

  it("joins what is read again without repeating it", () => {
    const line = (timestamp: number): LogLine => ({ logStreamName: "s", timestamp, message: "m", group: "g" });
    const old = [line(1), line(2)];
    expect(joined(old, [line(2), line(3)]).map(({ timestamp }) => timestamp)).toEqual([1, 2, 3]);
    expect(joined(old, [line(2)])).toBe(old);
  });
});
