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
  /** Other forms of the same, which go when this one is filled in: SecondsPath for Seconds. */
  rivals?: readonly string[];
  /** Only of a distributed Map. */
  distributed?: true;
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

function number(name: string, label: string, hint: string): Field {
  return { name, label, kind: "number", group: "config", hint, rivals: [`${name}Path`] };
}

const path = (name: string, label: string, placeholder = "$.seconds"): Field => ({ name, label, kind: "path", group: "config", placeholder, rivals: [name.replace(/Path$/, "")] });
const WAITS = ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"];

const TIMES = [number("TimeoutSeconds", "Timeout (s)", "The task fails with States.Timeout after that time"), number("HeartbeatSeconds", "Heartbeat (s)", "The longest time between two signs of life")];

function distributed(field: Field): Field {
  return { ...field, distributed: true };
}

/** The fields of a type of state in a query language, in the order in which they are asked for. */
export function fieldsOf(type: StateType, language: Language): readonly Field[] {
  const jsonata = language === "JSONata";
  const paths = (fields: Field[]) => (jsonata ? [] : fields);
  switch (type) {
    case "Task":
      return [COMMENT, ...TIMES, ...paths([path("TimeoutSecondsPath", "Timeout path"), path("HeartbeatSecondsPath", "Heartbeat path")]), { name: "Credentials", label: "Credentials", kind: "json", group: "config", hint: "RoleArn of the role the task is performed as" }, ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Pass":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, PARAMETERS, { name: "Result", label: "Result", kind: "json", group: "data", hint: "A fixed value as the result" } as Field, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Wait":
      return [
        COMMENT,
        ...[number("Seconds", "Seconds", "How long to wait"), { name: "Timestamp", label: "Or until", kind: "text", group: "config", placeholder: "2026-12-24T18:00:00Z" } as Field, ...paths([path("SecondsPath", "Or seconds at a path"), path("TimestampPath", "Or until the time at a path", "$.until")])].map((field) => ({ ...field, rivals: WAITS.filter((name) => name !== field.name) })),
        ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]),
        ASSIGN,
      ];
    case "Choice":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Succeed":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH])];
    case "Fail":
      return [COMMENT, { name: "Error", label: "Error", kind: "text", group: "config", placeholder: "OrderRejected", rivals: ["ErrorPath"] }, { name: "Cause", label: "Cause", kind: "long", group: "config", rivals: ["CausePath"] }, ...paths([path("ErrorPath", "Error path", "$.error"), path("CausePath", "Cause path", "$.cause")])];
    case "Parallel":
      return [COMMENT, ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Map":
      return [
        COMMENT,
        ...(jsonata ? [{ name: "Items", label: "Items", kind: "template", group: "data", hint: "The array to go through; the input when left out" } as Field] : [{ name: "ItemsPath", label: "Items path", kind: "path", group: "data", placeholder: "$", hint: "The array to go through" } as Field]),
        number("MaxConcurrency", "Most at once", "0: no limit"),
        ...paths([path("MaxConcurrencyPath", "Most at once, path", "$.most")]),
        ...[number("ToleratedFailurePercentage", "Tolerated failures (%)", "More let the Map fail"), number("ToleratedFailureCount", "Tolerated failures", "More let the Map fail"), ...paths([path("ToleratedFailurePercentagePath", "Tolerated failures (%), path", "$.percent"), path("ToleratedFailureCountPath", "Tolerated failures, path", "$.count")])].map(distributed),
        distributed({ name: "Label", label: "Label", kind: "text", group: "config", hint: "Part of the map run's ARN" }),
        ...(jsonata ? [] : [INPUT_PATH]),
        { name: "ItemSelector", label: "Item selector", kind: "template", group: "data", hint: "What each iteration gets" },
        distributed({ name: "ItemReader", label: "Item reader", kind: "json", group: "data", hint: "Where the items come from" }),
        distributed({ name: "ItemBatcher", label: "Item batcher", kind: "json", group: "data", hint: "Several items in one child" }),
        distributed({ name: "ResultWriter", label: "Result writer", kind: "json", group: "data", hint: "Where the results go" }),
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
