import { expect, test } from "vitest";
import { bundle, readExport } from "./exports";

const EVENTS = [
  { timestamp: "2026-11-01T10:00:00.500000+01:00", type: "ExecutionStarted", id: 1, previousEventId: 0, executionStartedEventDetails: { input: "{}" } },
  { timestamp: "2026-11-01T10:00:02+01:00", type: "ExecutionFailed", id: 2, previousEventId: 1, executionFailedEventDetails: { error: "E", cause: "c" } },
];

test("what the AWS CLI prints is read, with times in seconds", () => {
  const { execution, events, definition } = readExport([JSON.stringify({ events: [...EVENTS].reverse() })]);
  expect(events.map(({ id, timestamp }) => [id, timestamp])).toEqual([[1, 1793523600.5], [2, 1793523602]]);
  expect(execution).toMatchObject({ status: "FAILED", error: "E", cause: "c", input: "{}", startDate: 1793523600.5 });
  expect(definition).toBeUndefined();
});

test("our own bundle comes back as it went", () => {
  const first = readExport([JSON.stringify(EVENTS), '{"executionArn": "arn:aws:states:r:1:execution:m:n", "status": "FAILED"}', '{"StartAt": "A", "States": {}}']);
  const again = readExport([JSON.stringify(bundle(first.execution, first.definition, first.events))]);
  expect(again).toEqual(first);
  expect(again.execution.name).toBe("n");
});

test("what is no execution is refused in plain words", () => {
  expect(() => readExport(["3"])).toThrow("holds no execution");
  expect(() => readExport(["{}"])).toThrow("no events");
  expect(() => readExport([JSON.stringify([EVENTS[1]])])).toThrow("Event 1 is missing");
  expect(() => readExport(['[{"a": 1}]'])).toThrow("no history event");
});
