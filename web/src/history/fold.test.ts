import { describe, expect, test } from "vitest";
import { readDefinition } from "../asl/definition";
import type { HistoryEvent } from "../aws/types";
import { fold, overlay } from "./fold";

type Row = [id: number, previous: number, type: string, details?: Record<string, unknown>];

function story(rows: Row[], definition: object | null = null) {
  const events = rows.map(([id, previousEventId, type, given]): HistoryEvent => ({ id, previousEventId, type, timestamp: id, ...(given && { anyEventDetails: given }) }));
  return fold(events, definition && readDefinition(JSON.stringify(definition)));
}

const names = (steps: { name: string; status: string }[]) => steps.map(({ name, status }) => `${name} ${status}`);

test("a visit lasts from Entered to Exited", () => {
  const { steps, owner } = story([
    [1, 0, "ExecutionStarted"],
    [2, 0, "PassStateEntered", { name: "A" }],
    [3, 2, "PassStateExited", { name: "A" }],
    [4, 3, "WaitStateEntered", { name: "B" }],
  ]);
  expect(names(steps)).toEqual(["A succeeded", "B running"]);
  expect([steps[0]!.entered, steps[0]!.ended]).toEqual([2, 3]);
  expect(steps[1]!.before).toBe(steps[0]);
  expect(owner.get(3)).toBe(steps[0]);
});

test("a retried task has its attempts, and what was caught is told from what failed", () => {
  const { steps } = story([
    [1, 0, "ExecutionStarted"],
    [2, 0, "TaskStateEntered", { name: "A" }],
    [3, 2, "TaskScheduled", { resourceType: "lambda", resource: "invoke" }],
    [4, 3, "TaskStarted"],
    [5, 4, "TaskFailed", { error: "E", cause: "c" }],
    [6, 5, "TaskScheduled", { resourceType: "lambda", resource: "invoke" }],
    [7, 6, "TaskStarted"],
    [8, 7, "TaskFailed", { error: "E", cause: "again" }],
    [9, 8, "TaskStateExited", { name: "A" }],
    [10, 9, "PassStateEntered", { name: "Rescue" }],
  ]);
  expect(names(steps)).toEqual(["A caught", "Rescue running"]);
  expect(steps[0]!.attempts).toMatchObject([{ scheduled: 3, started: 4, ended: 5, error: "E" }, { scheduled: 6, error: "E", cause: "again" }]);
  expect(steps[0]!.resource).toBe("lambda: invoke");
});

test("what has failed and will be tried again still runs", () => {
  const rows: Row[] = [
    [1, 0, "ExecutionStarted"],
    [2, 0, "TaskStateEntered", { name: "A" }],
    [3, 2, "TaskScheduled", { resource: "r" }],
    [4, 3, "TaskFailed", { error: "Busy" }],
  ];
  const waiting = story(rows);
  expect(waiting.steps).toMatchObject([{ status: "running", retrying: true, error: { error: "Busy" } }]);
  expect(story([...rows, [5, 4, "TaskScheduled", { resource: "r" }]]).steps[0]).not.toHaveProperty("retrying");
  expect(names(story([...rows, [5, 4, "ExecutionFailed", { error: "Busy" }]]).steps)).toEqual(["A failed"]);
});

test("of a Map's items only those failed that ended it, not those that waited to be tried again", () => {
  const { steps, failed } = story(
    [
      [1, 0, "ExecutionStarted"],
      [2, 0, "MapStateEntered", { name: "M" }],
      [3, 2, "MapStateStarted", { length: 2 }],
      [4, 3, "MapIterationStarted", { name: "M", index: 0 }],
      [5, 3, "MapIterationStarted", { name: "M", index: 1 }],
      [6, 4, "TaskStateEntered", { name: "T" }],
      [7, 5, "TaskStateEntered", { name: "T" }],
      [8, 6, "TaskScheduled", { resource: "r" }],
      [9, 7, "TaskScheduled", { resource: "r" }],
      [10, 9, "TaskFailed", { error: "Busy" }],
      [11, 8, "TaskFailed", { error: "Bad" }],
      [12, 11, "MapIterationFailed", { name: "M", index: 0 }],
      [13, 10, "TaskStateAborted"],
      [14, 13, "MapIterationAborted", { name: "M", index: 1 }],
      [15, 11, "MapStateFailed"],
      [16, 15, "ExecutionFailed", { error: "Bad" }],
    ],
    { StartAt: "M", States: { M: { Type: "Map", ItemProcessor: { StartAt: "T", States: { T: { Type: "Task", Resource: "r", End: true } } }, End: true } } },
  );
  expect(names(steps)).toEqual(["M failed", "T failed", "T aborted"]);
  expect(failed).toBe(steps[1]);
});

test("the failure that ends an execution is found where it began", () => {
  const { steps, failed, ended } = story([
    [1, 0, "ExecutionStarted"],
    [2, 0, "ParallelStateEntered", { name: "P" }],
    [3, 2, "ParallelStateStarted"],
    [4, 3, "TaskStateEntered", { name: "X" }],
    [5, 3, "WaitStateEntered", { name: "Y" }],
    [6, 4, "TaskScheduled", { resource: "r" }],
    [7, 6, "TaskFailed", { error: "Bad", cause: "why" }],
    [8, 5, "WaitStateAborted"],
    [9, 7, "ParallelStateFailed", { error: "Bad" }],
    [10, 9, "ExecutionFailed", { error: "Bad", cause: "why" }],
  ]);
  expect(names(steps)).toEqual(["P failed", "X failed", "Y aborted"]);
  expect(failed).toBe(steps[1]);
  expect(ended).toBe(10);
});

describe("iterations of a Map", () => {
  const rows: Row[] = [
    [1, 0, "ExecutionStarted"],
    [2, 0, "MapStateEntered", { name: "M" }],
    [3, 2, "MapStateStarted", { length: 2 }],
    [4, 3, "MapIterationStarted", { name: "M", index: 0 }],
    [5, 4, "PassStateEntered", { name: "In" }],
    [6, 5, "PassStateExited", { name: "In" }],
    [7, 6, "MapIterationSucceeded", { name: "M", index: 0 }],
    [8, 3, "MapIterationStarted", { name: "M", index: 1 }],
    [9, 8, "PassStateEntered", { name: "In" }],
  ];
  const machine = { StartAt: "M", States: { M: { Type: "Map", ItemProcessor: { StartAt: "In", States: { In: { Type: "Pass", End: true } } }, End: true } } };

  test("know their index and their map", () => {
    const { steps } = story(rows, machine);
    expect(steps.map(({ name, iteration, depth }) => [name, iteration, depth])).toEqual([["M", null, 0], ["In", 0, 1], ["In", 1, 1]]);
    expect(steps[0]!.iterations).toEqual({ total: 2, running: 1, succeeded: 1, failed: 0, aborted: 0 });
    expect(steps[2]!.pointer).toBe("/States/M/ItemProcessor/States/In");
  });

  test("share a node of the graph, where the one that needs attention wins", () => {
    const { nodes } = overlay(story(rows, machine), "RUNNING");
    expect(nodes.get("/States/M/ItemProcessor/States/In")).toMatchObject({ status: "running", visits: 2, running: 1 });
  });

  test("end with their map", () => {
    const { steps } = story([...rows, [10, 9, "PassStateExited", { name: "In" }], [11, 10, "MapIterationSucceeded", { name: "M", index: 1 }], [12, 11, "MapStateSucceeded"], [13, 12, "MapStateExited", { name: "M" }], [14, 13, "ExecutionSucceeded"]], machine);
    expect(names(steps)).toEqual(["M succeeded", "In succeeded", "In succeeded"]);
  });
});

test("a loop counts its edges, and its latest visit speaks for the node", () => {
  const told = story(
    [
      [1, 0, "ExecutionStarted"],
      [2, 0, "PassStateEntered", { name: "A" }],
      [3, 2, "PassStateExited", { name: "A" }],
      [4, 3, "ChoiceStateEntered", { name: "C" }],
      [5, 4, "ChoiceStateExited", { name: "C" }],
      [6, 5, "PassStateEntered", { name: "A" }],
      [7, 6, "PassStateExited", { name: "A" }],
      [8, 7, "ChoiceStateEntered", { name: "C" }],
    ],
    { StartAt: "A", States: { A: { Type: "Pass", Next: "C" }, C: { Type: "Choice", Choices: [], Default: "A" } } },
  );
  const { nodes, edges, loops } = overlay(told, "RUNNING");
  expect([...loops]).toEqual(["/States/A -> /States/C"]);
  expect(Object.fromEntries(edges)).toEqual({ " -> /States/A": 1, "/States/A -> /States/C": 2, "/States/C -> /States/A": 1 });
  expect(nodes.get("/States/C")).toMatchObject({ status: "running", visits: 2 });
});

test("a Fail state in an iteration is what failed, with the error that the definition gives it", () => {
  const machine = { StartAt: "M", States: { M: { Type: "Map", ItemProcessor: { StartAt: "Bad", States: { Bad: { Type: "Fail", Error: "E", Cause: "because" } } }, Catch: [{ ErrorEquals: ["States.ALL"], Next: "R" }], End: true }, R: { Type: "Succeed" } } };
  const { steps } = story(
    [
      [1, 0, "ExecutionStarted"],
      [2, 0, "MapStateEntered", { name: "M" }],
      [3, 2, "MapStateStarted", { length: 1 }],
      [4, 3, "MapIterationStarted", { name: "M", index: 0 }],
      [5, 4, "FailStateEntered", { name: "Bad" }],
      [6, 5, "MapIterationFailed", { name: "M", index: 0 }],
      [7, 6, "MapStateFailed"],
      [8, 7, "MapStateExited", { name: "M" }],
    ],
    machine,
  );
  expect(names(steps)).toEqual(["M caught", "Bad failed"]);
  expect(steps[1]).toMatchObject({ error: { error: "E", cause: "because" }, ended: 6 });
});

test("after a redrive what failed goes on", () => {
  const rows: Row[] = [
    [1, 0, "ExecutionStarted"],
    [2, 0, "TaskStateEntered", { name: "A" }],
    [3, 2, "TaskScheduled", { resource: "r" }],
    [4, 3, "TaskFailed", { error: "E" }],
    [5, 4, "ExecutionFailed", { error: "E" }],
    [6, 0, "ExecutionRedriven", { redriveCount: 1 }],
    [7, 6, "TaskScheduled", { resource: "r" }],
  ];
  expect(names(story(rows).steps)).toEqual(["A running"]);
  const { steps, failed } = story([...rows, [8, 7, "TaskSucceeded"], [9, 8, "TaskStateExited", { name: "A" }], [10, 9, "ExecutionSucceeded"]]);
  expect(names(steps)).toEqual(["A succeeded"]);
  expect(steps[0]!.attempts).toHaveLength(2);
  expect(failed).toBeNull();
});

test("a history as long as AWS keeps one folds whole", () => {
  const rows: Row[] = [[1, 0, "ExecutionStarted"]];
  for (let id = 2; id < 25_000; id += 2) rows.push([id, id - 1, "PassStateEntered", { name: "A" }], [id + 1, id, "PassStateExited", { name: "A" }]);
  expect(story(rows).steps).toHaveLength(12_499);
});
