import { expect, test } from "vitest";
import type { HistoryEvent } from "../aws/types";
import { readDefinition } from "../asl/definition";
import { fold, overlay } from "./fold";
import { iterationsOf, narrowed } from "./iterations";

const DEFINITION = readDefinition(JSON.stringify({ StartAt: "Each", States: { Each: { Type: "Map", ItemProcessor: { StartAt: "In", States: { In: { Type: "Pass", End: true } } }, End: true } } }))!;
const rows: [string, number, Record<string, unknown>?][] = [
  ["ExecutionStarted", 0],
  ["MapStateEntered", 0, { stateEnteredEventDetails: { name: "Each" } }],
  ["MapStateStarted", 2, { mapStateStartedEventDetails: { length: 2 } }],
  ["MapIterationStarted", 3, { mapIterationStartedEventDetails: { name: "Each", index: 0 } }],
  ["MapIterationStarted", 3, { mapIterationStartedEventDetails: { name: "Each", index: 1 } }],
  ["PassStateEntered", 4, { stateEnteredEventDetails: { name: "In" } }],
  ["PassStateEntered", 5, { stateEnteredEventDetails: { name: "In" } }],
  ["PassStateExited", 6, { stateExitedEventDetails: { name: "In" } }],
];
const story = fold(rows.map(([type, previousEventId, more], index) => ({ id: index + 1, previousEventId, timestamp: index, type, ...more }) as HistoryEvent), DEFINITION);

test("each iteration has the status of its latest visit", () => {
  expect(iterationsOf(story, story.steps[0]!).map(({ index, status, step }) => [index, status, step.id])).toEqual([[0, "succeeded", 6], [1, "running", 7]]);
});

test("a story of one iteration leaves the others out", () => {
  const one = narrowed(story, story.steps[0]!, 0);
  expect(one.steps.map(({ id }) => id)).toEqual([2, 6]);
  expect(overlay(one, "RUNNING").nodes.get("/States/Each/ItemProcessor/States/In")).toMatchObject({ visits: 1, status: "succeeded" });
});
