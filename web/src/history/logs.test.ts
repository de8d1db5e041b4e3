import { expect, test } from "vitest";
import type { Step } from "./fold";
import { calledFunction, invocations, logOf } from "./logs";

const A = "aaaaaaaa-0000-0000-0000-000000000000";
const B = "bbbbbbbb-0000-0000-0000-000000000000";
const lines = (stream: string, id: string, from: number, text: string) => [
  { logStreamName: stream, timestamp: from, message: `START RequestId: ${id} Version: $LATEST\n` },
  { logStreamName: stream, timestamp: from + 5, message: `${text}\n` },
  { logStreamName: stream, timestamp: from + 10, message: `END RequestId: ${id}\n` },
  { logStreamName: stream, timestamp: from + 10, message: `REPORT RequestId: ${id}\tDuration: 10 ms\n` },
];
const ALL = invocations([{ logStreamName: "1", timestamp: 900, message: "INIT_START" }, ...lines("1", A, 1000, "first"), ...lines("2", B, 1002, "second")].sort((a, b) => a.timestamp - b.timestamp));
const step = (...attempts: Step["attempts"]) => ({ attempts }) as Step;

test("lines of workers side by side are told apart", () => {
  expect(ALL.map(({ requestId, lines }) => [requestId, lines[1]])).toEqual([[A, "first"], [B, "second"]]);
  expect(ALL[0]!.lines).toHaveLength(4);
});

test("a result names its invocation", () => {
  const found = logOf(step({ scheduled: 0.99, ended: 1.2 }), ALL, [`{"SdkResponseMetadata":{"RequestId":"${B}"}}`]);
  expect(found).toEqual({ invocations: [ALL[1]], exact: true });
});

test("a failed attempt is found by its time, which is said", () => {
  // Both ran meanwhile: the one that ended with the attempt, or that tells of its error.
  expect(logOf(step({ scheduled: 0.995, ended: 1.013, error: "E" }), ALL, [])).toEqual({ invocations: [ALL[1]], exact: false });
  expect(logOf(step({ scheduled: 0.995, ended: 1.013, error: "first" }), ALL, [])).toEqual({ invocations: [ALL[0]], exact: false });
  expect(logOf(step({ scheduled: 0.995 }), ALL, []).invocations).toEqual(ALL);
  expect(logOf(step({ scheduled: 5, ended: 6, error: "E" }), ALL, []).invocations).toEqual([]);
});

test("the function is that of the call", () => {
  const event = (type: string, given: object) => [{ id: 1, previousEventId: 0, timestamp: 0, type, someEventDetails: given }];
  expect(calledFunction(event("TaskScheduled", { resourceType: "lambda", resource: "invoke", parameters: '{"FunctionName":"arn:aws:lambda:us-east-1:1:function:f:live","Pay' }))).toBe("f");
  expect(calledFunction(event("LambdaFunctionScheduled", { resource: "arn:aws:lambda:us-east-1:1:function:g" }))).toBe("g");
  expect(calledFunction(event("TaskScheduled", { resourceType: "sqs", resource: "sendMessage", parameters: "{}" }))).toBeNull();
});
