import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../aws/types";
import { readDefinition } from "../asl/definition";
import { fold, overlay } from "./fold";
import { besides, cutOff, narrowed, nested, partsOf, readScope, siblings, wayTo, writeScope } from "./scopes";

type Row = [type: string, previous: number, details?: Record<string, unknown>];

function told(rows: Row[], definition: object) {
  const read = readDefinition(JSON.stringify(definition))!;
  const events = rows.map(([type, previousEventId, given], index): HistoryEvent => ({ id: index + 1, previousEventId, timestamp: index, type, ...(given && { anyEventDetails: given }) }));
  return { story: fold(events, read), definition: read };
}

describe("the iterations of a Map", () => {
  const { story, definition } = told(
    [
      ["ExecutionStarted", 0],
      ["MapStateEntered", 0, { name: "Each" }],
      ["MapStateStarted", 2, { length: 2 }],
      ["MapIterationStarted", 3, { name: "Each", index: 0 }],
      ["MapIterationStarted", 3, { name: "Each", index: 1 }],
      ["PassStateEntered", 4, { name: "In" }],
      ["PassStateEntered", 5, { name: "In" }],
      ["PassStateExited", 6, { name: "In" }],
    ],
    { StartAt: "Each", States: { Each: { Type: "Map", ItemProcessor: { StartAt: "In", States: { In: { Type: "Pass", End: true } } }, End: true } } },
  );

  test("have the status of their latest visit", () => {
    expect(partsOf(story, story.steps[0]!, definition).map(({ index, status, step }) => [index, status, step!.id])).toEqual([[0, "succeeded", 6], [1, "running", 7]]);
  });

  test("can be told alone", () => {
    const one = narrowed(story, { fork: story.steps[0]!, index: 0 });
    expect(one.steps.map(({ id }) => id)).toEqual([2, 6]);
    expect(overlay(one, "RUNNING").nodes.get("/States/Each/ItemProcessor/States/In")).toMatchObject({ visits: 1, status: "succeeded" });
  });
});

describe("the branches of a Parallel that is visited twice", () => {
  const branch = (name: string, type = "Pass") => ({ StartAt: name, States: { [name]: { Type: type, End: true } } });
  const { story, definition } = told(
    [
      ["ExecutionStarted", 0],
      ["ParallelStateEntered", 0, { name: "Both" }],
      ["ParallelStateStarted", 2],
      // The second branch is the first to begin.
      ["PassStateEntered", 3, { name: "Right" }],
      ["PassStateEntered", 3, { name: "Left" }],
      ["PassStateExited", 4, { name: "Right" }],
      ["PassStateExited", 5, { name: "Left" }],
      ["ParallelStateSucceeded", 7],
      ["ParallelStateExited", 8, { name: "Both" }],
      ["ParallelStateEntered", 9, { name: "Both" }],
      ["ParallelStateStarted", 10],
      ["PassStateEntered", 11, { name: "Left" }],
      ["FailStateEntered", 11, { name: "Right" }],
      ["PassStateAborted", 12],
      ["ParallelStateFailed", 13, { error: "Bad" }],
      ["ExecutionFailed", 15, { error: "Bad" }],
    ],
    { StartAt: "Both", States: { Both: { Type: "Parallel", Branches: [branch("Left"), branch("Right", "Fail"), branch("Never")], Next: "Both" } } },
  );
  const [first, , , second] = story.steps;

  test("are numbered as in the definition, and say who failed and whom that cancelled", () => {
    expect(partsOf(story, first!, definition).map(({ index, status }) => [index, status])).toEqual([[0, "succeeded"], [1, "succeeded"], [2, null]]);
    const parts = partsOf(story, second!, definition);
    expect(cutOff(parts)).toMatchObject({ failed: [{ index: 1 }], aborted: [{ index: 0 }], succeeded: [] });
    expect(story.failed).toMatchObject({ name: "Right", error: { error: "Bad" } });
  });

  test("can be told alone, of one visit alone", () => {
    expect(siblings(story, second!).map(({ id }) => id)).toEqual([first!.id, second!.id]);
    const scope = readScope(story, `${second!.id}:1`)!;
    expect(writeScope(scope)).toBe(`${second!.id}:1`);
    expect(narrowed(story, scope).steps.map(({ name, id }) => `${name} ${id}`)).toEqual(["Both 2", "Both 10", "Right 13"]);
    expect(narrowed(story, readScope(story, "2")!).steps.map(({ name, id }) => `${name} ${id}`)).toEqual(["Both 2", "Right 4", "Left 5", "Both 10"]);
    // The graph keeps the branch beside it, and of the Parallel itself this visit.
    expect(narrowed(story, scope, true).steps.map(({ name, id }) => `${name} ${id}`)).toEqual(["Both 10", "Left 12", "Right 13"]);
    const aside = besides(scope);
    expect(["/States/Both", "/States/Both/Branches/0/States/Left", "/States/Both/Branches/1/States/Right"].map(aside)).toEqual([false, true, false]);
  });

  test("stand below their Parallel, in their order", () => {
    expect(nested(story.steps).map(({ name }) => name)).toEqual(["Both", "Left", "Right", "Both", "Left", "Right"]);
    expect(wayTo(story.steps[1]!)).toEqual([{ fork: first, index: 1 }]);
  });
});
