// The fields of every type of state, for completion and for the studio's forms. The server's validator is the truth of
// what is right; this table only knows what there is to fill in.

import type { StateType } from "./definition";

export type Language = "JSONPath" | "JSONata";

export interface Field {
  name: string;
  label: string;
  /** How it is edited; `number` also takes an expression in JSONata. */
  kind: "text" | "long" | "number" | "json" | "path" | "flag" | "choice" | "template";
  group: "config" | "data" | "variables";
  hint?: string;
  options?: readonly string[];
  /** The same in another form, of which there may be one: SecondsPath for Seconds. */
  or?: string;
  /** Where a new member goes: behind the first of these that is there. */
  placeholder?: string;
}

const COMMENT: Field = { name: "Comment", label: "Comment", kind: "text", group: "config" };
const ASSIGN: Field = { name: "Assign", label: "Assign", kind: "template", group: "variables", hint: "Names and values of variables that later states can read" };
const OUTPUT: Field = { name: "Output", label: "Output", kind: "template", group: "data", hint: "What the next state gets; the result when left out" };
const ARGUMENTS: Field = { name: "Arguments", label: "Arguments", kind: "template", group: "data", hint: "What is passed on" };
const INPUT_PATH: Field = { name: "InputPath", label: "Input path", kind: "path", group: "data", placeholder: "$", hint: "The part of the input that counts" };
const PARAMETERS: Field = { name: "Parameters", label: "Parameters", kind: "template", group: "data", hint: "What is passed on; names ending in .$ take a path" };
const SELECTOR: Field = { name: "ResultSelector", label: "Result selector", kind: "template", group: "data", hint: "What is kept of the result" };
const RESULT_PATH: Field = { name: "ResultPath", label: "Result path", kind: "path", group: "data", placeholder: "$", hint: "Where in the input the result is put" };
const OUTPUT_PATH: Field = { name: "OutputPath", label: "Output path", kind: "path", group: "data", placeholder: "$", hint: "The part that the next state gets" };

function number(name: string, label: string, hint: string, or?: string): Field {
  return { name, label, kind: "number", group: "config", hint, ...(or && { or }) };
}

const TIMES = [number("TimeoutSeconds", "Timeout (s)", "The task fails with States.Timeout after that time", "TimeoutSecondsPath"), number("HeartbeatSeconds", "Heartbeat (s)", "The longest time between two signs of life", "HeartbeatSecondsPath")];
const PATH = (name: string, label: string): Field => ({ name, label, kind: "path", group: "config", placeholder: "$.seconds" });

/** The fields of a type of state in a query language, in the order in which they are asked for. */
export function fieldsOf(type: StateType, language: Language): readonly Field[] {
  const jsonata = language === "JSONata";
  const paths = (fields: Field[]) => (jsonata ? [] : fields);
  switch (type) {
    case "Task":
      return [COMMENT, ...TIMES, ...paths([PATH("TimeoutSecondsPath", "Timeout path"), PATH("HeartbeatSecondsPath", "Heartbeat path")]), { name: "Credentials", label: "Credentials", kind: "json", group: "config", hint: "RoleArn of the role the task is performed as" }, ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Pass":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, PARAMETERS, { name: "Result", label: "Result", kind: "json", group: "data", hint: "A fixed value as the result" } as Field, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Wait":
      return [COMMENT, { ...number("Seconds", "Seconds", "How long to wait"), or: "Timestamp" }, { name: "Timestamp", label: "Timestamp", kind: "text", group: "config", placeholder: "2026-12-24T18:00:00Z", hint: "Or: until when" }, ...paths([PATH("SecondsPath", "Seconds path"), { ...PATH("TimestampPath", "Timestamp path"), placeholder: "$.until" }]), ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Choice":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Succeed":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH])];
    case "Fail":
      return [COMMENT, { name: "Error", label: "Error", kind: "text", group: "config", placeholder: "OrderRejected" }, { name: "Cause", label: "Cause", kind: "long", group: "config" }, ...paths([{ ...PATH("ErrorPath", "Error path"), placeholder: "$.error" }, { ...PATH("CausePath", "Cause path"), placeholder: "$.cause" }])];
    case "Parallel":
      return [COMMENT, ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Map":
      return [
        COMMENT,
        ...(jsonata ? [{ name: "Items", label: "Items", kind: "template", group: "data", hint: "The array to go through; the input when left out" } as Field] : [{ name: "ItemsPath", label: "Items path", kind: "path", group: "data", placeholder: "$", hint: "The array to go through" } as Field]),
        number("MaxConcurrency", "Most at once", "0: no limit", "MaxConcurrencyPath"),
        ...paths([PATH("MaxConcurrencyPath", "Most at once, path")]),
        number("ToleratedFailurePercentage", "Tolerated failures (%)", "Of a distributed Map"),
        number("ToleratedFailureCount", "Tolerated failures", "Of a distributed Map"),
        ...paths([PATH("ToleratedFailurePercentagePath", "Tolerated failures (%), path"), PATH("ToleratedFailureCountPath", "Tolerated failures, path")]),
        { name: "Label", label: "Label", kind: "text", group: "config", hint: "Of a distributed Map: part of its ARN" },
        ...(jsonata ? [] : [INPUT_PATH]),
        { name: "ItemSelector", label: "Item selector", kind: "template", group: "data", hint: "What each iteration gets" },
        { name: "ItemReader", label: "Item reader", kind: "json", group: "data", hint: "Of a distributed Map: where the items come from" },
        { name: "ItemBatcher", label: "Item batcher", kind: "json", group: "data", hint: "Of a distributed Map: several items in one child" },
        { name: "ResultWriter", label: "Result writer", kind: "json", group: "data", hint: "Of a distributed Map: where the results go" },
        ...(jsonata ? [OUTPUT] : [SELECTOR, RESULT_PATH, OUTPUT_PATH]),
        ASSIGN,
      ];
  }
}

export const TYPES: readonly StateType[] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/** Names of members that hold structure rather than a value of a form. */
export function structureOf(type: StateType): readonly string[] {
  const table: Partial<Record<StateType, string[]>> = { Task: ["Resource", "Retry", "Catch", "Next", "End"], Choice: ["Choices", "Default"], Parallel: ["Branches", "Retry", "Catch", "Next", "End"], Map: ["ItemProcessor", "Retry", "Catch", "Next", "End"], Succeed: [], Fail: [] };
  return ["Type", "QueryLanguage", ...(table[type] ?? ["Next", "End"])];
}

/** Errors that Step Functions itself names (guide: "Error names"). */
export const ERRORS = [
  "States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "States.Permissions", "States.DataLimitExceeded",
  "States.Runtime", "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed", "States.NoChoiceMatched",
  "States.IntrinsicFailure", "States.QueryEvaluationError", "States.BranchFailed", "States.ParameterPathFailure", "States.ResultPathMatchFailure",
  "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException", "Lambda.Unknown",
] as const;
