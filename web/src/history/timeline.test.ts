import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../aws/types";
import type { Step } from "./fold";
import { film, shownAt } from "./replay";
import { crushed, pieces, scale } from "./timeline";

const step = (more: Partial<Step>): Step => ({ id: 1, name: "A", type: "Task", pointer: null, parent: null, before: null, iteration: null, branch: null, entered: 0, ended: 10, status: "succeeded", attempts: [], events: [], depth: 0, ...more });

test("a retried task is queue, run, pause and run again", () => {
  const attempts = [{ scheduled: 0, started: 1, ended: 2, error: "E" }, { scheduled: 5, started: 5, ended: 10 }];
  expect(pieces(step({ attempts }), 99).map(({ kind, from, to, tone }) => [kind, from, to, tone])).toEqual([
    ["queue", 0, 1, "bad"],
    ["run", 1, 2, "bad"],
    ["pause", 2, 5, "idle"],
    ["run", 5, 10, "ok"],
  ]);
});

test("what is under way lasts until now, and news is waited for", () => {
  const attempts = [{ scheduled: 0, started: 0, submitted: true }];
  expect(pieces(step({ attempts, ended: null, status: "running" }), 7)).toMatchObject([{ kind: "wait", from: 0, to: 7, tone: "run" }]);
  expect(pieces(step({ type: "Wait" }), 7)).toMatchObject([{ kind: "wait", to: 10 }]);
});

describe("a scale", () => {
  const steps = [step({ type: "Pass", ended: 10 }), step({ type: "Wait", entered: 10, ended: 990 }), step({ type: "Pass", entered: 990, ended: 1000 })];

  test("is straight without folding", () => expect(scale(steps, 0, 1000, false).at(500)).toBeCloseTo(0.5));

  test("does not fold a map run: others work there", () => {
    const mapRunArn = "arn:aws:states:us-east-1:000000000000:mapRun:m/Each:1";
    const found = scale([step({ type: "Map", mapRunArn, ended: 900 }), step({ type: "Pass", entered: 900, ended: 1000 })], 0, 1000, true);
    expect(found.stretches.some(({ folded }) => folded)).toBe(false);
  });

  test("does not fold when there is nothing but waiting", () => {
    const waiting = scale([step({ type: "Pass", ended: 0 }), step({ type: "Wait", ended: 1000 })], 0, 1000, true);
    expect(waiting.stretches.map(({ folded, size }) => [folded, size])).toEqual([[false, 1]]);
  });

  test("folds by itself only where work could not be seen beside the waiting", () => {
    const wait = (seconds: number) => [step({ ended: 0.3 }), step({ type: "Wait", entered: 0.3, ended: 0.3 + seconds })];
    expect([10, 3600].map((seconds) => crushed(wait(seconds), 0, 0.3 + seconds))).toEqual([false, true]);
  });

  test("folds what nobody worked in", () => {
    const found = scale(steps, 0, 1000, true);
    expect(found.stretches.map(({ folded }) => folded)).toEqual([false, true, false]);
    expect(found.at(10)).toBeCloseTo(0.485);
    expect(found.at(990)).toBeCloseTo(0.515);
    expect(found.time(found.at(995))).toBeCloseTo(995);
    expect(found.at(5000)).toBe(1);
  });
});

test("a film cuts long pauses and finds the event of a moment", () => {
  const events = [0, 0.5, 3600, 3600.1].map((timestamp, index) => ({ id: index + 1, previousEventId: index, timestamp, type: "x" }) as HistoryEvent);
  const moments = film(events);
  expect([...moments].map((each) => Number(each.toFixed(2)))).toEqual([0, 0.5, 1.3, 1.4]);
  expect([0, 0.49, 0.5, 9].map((at) => shownAt(moments, at))).toEqual([1, 1, 2, 4]);
});
