// The fields of every type of state, for completion and for the studio's forms. The server's validator is the truth of
// what is right; this table only knows what there is to fill in.

import type { Json } from "../lib/json";
import type { StateType } from "./definition";

export type Language = "JSONPath" | "JSONata";

export interface Field {
  name: string;
  label: string;
  /** How it is edited; `number` also takes an expression in JSONata. */
  kind: "text" | "long" | "number" | "json" | "path" | "flag" | "choice" | "template" | "role";
  group: "config" | "items" | "data" | "variables";
  hint?: string;
  options?: readonly (string | { value: string; name: string })[];
  /** Other forms of the same, which go when this one is filled in: SecondsPath for Seconds. */
  rivals?: readonly string[];
  placeholder?: string;
  /** One line is enough. */
  small?: true;
  /** Whether it is asked for where it is not written yet, in an object with this content. */
  when?: (body: Record<string, Json>) => boolean;
}

/** Shown where it is written and where it can be meant. */
export function isShown(field: Field, body: Record<string, Json>): boolean {
  return field.name in body || !field.when || field.when(body);
}

/** What hardly anybody writes: shown where somebody did. */
const rarely = () => false;
const isDistributed = (body: Record<string, Json>) => ((body.ItemProcessor as { ProcessorConfig?: { Mode?: string } } | undefined)?.ProcessorConfig?.Mode ?? "INLINE") === "DISTRIBUTED";

const COMMENT: Field = { name: "Comment", label: "Comment", kind: "text", group: "config" };
const NOTE: Field = { ...COMMENT, when: rarely };
const ASSIGN: Field = { name: "Assign", label: "Assign", kind: "template", group: "variables", hint: "Names and values of variables that later states can read" };
const OUTPUT: Field = { name: "Output", label: "Output", kind: "template", group: "data", hint: "What the next state gets; the result when left out" };
const ARGUMENTS: Field = { name: "Arguments", label: "Arguments", kind: "template", group: "data", hint: "What is passed on" };
const INPUT_PATH: Field = { name: "InputPath", label: "Input path", kind: "path", group: "data", placeholder: "$", hint: "The part of the input that counts" };
const PARAMETERS: Field = { name: "Parameters", label: "Parameters", kind: "template", group: "data", hint: "What is passed on; names ending in .$ take a path" };
const SELECTOR: Field = { name: "ResultSelector", label: "Result selector", kind: "template", group: "data", hint: "What is kept of the result" };
const RESULT_PATH: Field = { name: "ResultPath", label: "Result path", kind: "path", group: "data", placeholder: "$", hint: "Where in the input the result is put; null throws it away" };
const OUTPUT_PATH: Field = { name: "OutputPath", label: "Output path", kind: "path", group: "data", placeholder: "$", hint: "The part that the next state gets" };
const END: Field = { name: "End", label: "End (says nothing here: the state ends anyway)", kind: "flag", group: "config", when: rarely };
const WAITS = ["Seconds", "Timestamp", "SecondsPath", "TimestampPath"];

function number(name: string, label: string, hint?: string, placeholder?: string): Field {
  return { name, label, kind: "number", group: "config", rivals: [`${name}Path`], ...(hint && { hint }), ...(placeholder && { placeholder }) };
}

/** The same at a path, asked for while the number itself is not written. */
function path(name: string, label: string, placeholder = "$.seconds"): Field {
  const plain = name.replace(/Path$/, "");
  return { name, label, kind: "path", group: "config", placeholder, rivals: [plain], when: (body) => !(plain in body) };
}

function choice(name: string, label: string, options: NonNullable<Field["options"]>, more: Partial<Field> = {}): Field {
  return { name, label, kind: "choice", group: "config", options, ...more };
}

const distributed = (field: Field): Field => ({ ...field, when: (body) => isDistributed(body) && (!field.when || field.when(body)) });
const small = ({ hint: _, ...field }: Field): Field => ({ ...field, small: true });
const inItems = (field: Field): Field => ({ ...field, group: "items" });

/** The fields of a type of state in a query language, in the order in which they are asked for. */
export function fieldsOf(type: StateType, language: Language): readonly Field[] {
  const jsonata = language === "JSONata";
  const paths = (fields: Field[]) => (jsonata ? [] : fields);
  switch (type) {
    case "Task":
      return [
        COMMENT,
        number("TimeoutSeconds", "Timeout (s)", "The task fails with States.Timeout after that time"),
        ...paths([path("TimeoutSecondsPath", "Timeout at a path")]),
        number("HeartbeatSeconds", "Heartbeat (s)", "The longest time between two signs of life"),
        ...paths([path("HeartbeatSecondsPath", "Heartbeat at a path")]),
        { name: "Credentials", label: "Role of another account", kind: "role", group: "config", hint: "The task is performed as this role", placeholder: "arn:aws:iam::…:role/…" },
        ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]),
        ASSIGN,
      ];
    case "Pass":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, PARAMETERS, { name: "Result", label: "Result", kind: "json", group: "data", hint: "A fixed value as the result" } as Field, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Wait":
      return [
        COMMENT,
        ...[number("Seconds", "Seconds", "How long to wait"), { name: "Timestamp", label: "Or until", kind: "text", group: "config", placeholder: "2026-12-24T18:00:00Z" } as Field, ...paths([path("SecondsPath", "Or seconds at a path"), path("TimestampPath", "Or until the time at a path", "$.until")])].map(({ when: _, ...field }) => ({ ...field, rivals: WAITS.filter((name) => name !== field.name) })),
        ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]),
        ASSIGN,
      ];
    case "Choice":
      return [COMMENT, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Succeed":
      return [COMMENT, END, ...(jsonata ? [OUTPUT] : [INPUT_PATH, OUTPUT_PATH])];
    case "Fail":
      return [
        COMMENT,
        { name: "Error", label: "Error", kind: "text", group: "config", placeholder: "OrderRejected", rivals: ["ErrorPath"] },
        ...paths([path("ErrorPath", "Error at a path", "$.error")]),
        { name: "Cause", label: "Cause", kind: "long", group: "config", rivals: ["CausePath"] },
        ...paths([path("CausePath", "Cause at a path", "$.cause")]),
        END,
      ];
    case "Parallel":
      return [COMMENT, ...(jsonata ? [ARGUMENTS, OUTPUT] : [INPUT_PATH, PARAMETERS, SELECTOR, RESULT_PATH, OUTPUT_PATH]), ASSIGN];
    case "Map":
      return [
        COMMENT,
        number("MaxConcurrency", "Maximum concurrency", "How many items are worked on at once; 0: no limit"),
        ...paths([path("MaxConcurrencyPath", "Maximum concurrency at a path", "$.most")]),
        ...[
          number("ToleratedFailurePercentage", "Tolerated failures (%)", "With more the Map fails"),
          ...paths([path("ToleratedFailurePercentagePath", "Tolerated failures (%) at a path", "$.percent")]),
          number("ToleratedFailureCount", "Tolerated failures", "With more the Map fails"),
          ...paths([path("ToleratedFailureCountPath", "Tolerated failures at a path", "$.count")]),
          { name: "Label", label: "Label", kind: "text", group: "config", hint: "Part of the map run's ARN, at most 40 letters" } as Field,
        ].map(distributed),
        inItems(jsonata ? { name: "Items", label: "Items", kind: "template", group: "items", hint: "The array to go through; the input when left out", when: (body) => !("ItemReader" in body) } : { name: "ItemsPath", label: "Items path", kind: "path", group: "items", placeholder: "$", hint: "The array to go through", when: (body) => !("ItemReader" in body) }),
        { name: "ItemSelector", label: "Item selector", kind: "template", group: "items", hint: "What each iteration gets; the item when left out", when: (body) => !("Parameters" in body) },
        ...paths([inItems({ ...PARAMETERS, hint: "The older form of the item selector", when: rarely }), INPUT_PATH]),
        ...(jsonata ? [OUTPUT] : [SELECTOR, RESULT_PATH, OUTPUT_PATH]),
        ASSIGN,
      ];
  }
}

/** Objects inside a state that have forms of their own, by the names of the server's table (asl/fields.py). */
export type Part = "retrier" | "catcher" | "rule" | "processor" | "processorConfig" | "branch" | "itemReader" | "readerConfig" | "itemBatcher" | "resultWriter" | "writerConfig" | "machine";

const S3 = "arn:aws:states:::s3:";
const given = (jsonata: boolean): Field => (jsonata ? { ...ARGUMENTS, hint: "Bucket and Key of the object, or Bucket and Prefix of many" } : { ...PARAMETERS, hint: "Bucket and Key of the object, or Bucket and Prefix of many" });
const reads = (type: string) => (body: Record<string, Json>) => body.InputType === type;

/** The fields of a part; those that have a control of another kind (ErrorEquals, Next) are left out. */
export function partOf(part: Part, language: Language): readonly Field[] {
  const jsonata = language === "JSONata";
  const paths = (fields: Field[]) => (jsonata ? [] : fields);
  switch (part) {
    case "retrier":
      return [
        { name: "MaxAttempts", label: "Most attempts", kind: "number", group: "config", placeholder: "3" },
        { name: "IntervalSeconds", label: "First pause (s)", kind: "number", group: "config", placeholder: "1" },
        { name: "BackoffRate", label: "Times longer", kind: "number", group: "config", placeholder: "2" },
        { name: "MaxDelaySeconds", label: "Longest pause (s)", kind: "number", group: "config", placeholder: "None" },
        choice("JitterStrategy", "Jitter", ["FULL", "NONE"]),
        COMMENT,
      ];
    case "catcher":
      return [...(jsonata ? [small(OUTPUT)] : [{ ...RESULT_PATH, hint: "Where in the input the error is put" }]), small(ASSIGN), COMMENT];
    case "rule":
      return [...(jsonata ? [small(OUTPUT)] : []), small(ASSIGN), { ...COMMENT, placeholder: "Shown on the arrow" }];
    case "processor":
    case "branch":
      return [NOTE];
    case "processorConfig":
      return [
        choice("Mode", "Mode", [{ value: "INLINE", name: "Inline, in this execution" }, { value: "DISTRIBUTED", name: "Distributed, each item an execution" }]),
        choice("ExecutionType", "Child executions", [{ value: "STANDARD", name: "Standard" }, { value: "EXPRESS", name: "Express" }], { when: (body) => body.Mode === "DISTRIBUTED" }),
        NOTE,
      ];
    case "itemReader":
      return [choice("Resource", "Source", [{ value: `${S3}getObject`, name: "One object in S3" }, { value: `${S3}listObjectsV2`, name: "All objects of a prefix in S3" }]), given(jsonata), NOTE];
    case "readerConfig":
      return [
        choice("InputType", "Format", ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]),
        choice("CSVHeaderLocation", "Names of the columns", [{ value: "FIRST_ROW", name: "In the first row" }, { value: "GIVEN", name: "Given below" }], { when: reads("CSV") }),
        { name: "CSVHeaders", label: "Columns", kind: "template", group: "config", hint: "A list of names", when: (body) => body.CSVHeaderLocation === "GIVEN" },
        choice("CSVDelimiter", "Delimiter", ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"], { when: reads("CSV") }),
        { name: "ItemsPointer", label: "Pointer to the items", kind: "text", group: "config", placeholder: "/orders", hint: "A JSON pointer to the array inside the file", when: reads("JSON") },
        choice("ManifestType", "Kind of manifest", [{ value: "S3_INVENTORY", name: "S3 Inventory" }, { value: "ATHENA_DATA", name: "Athena UNLOAD" }], { when: reads("MANIFEST") }),
        choice("Transformation", "What the objects become", [{ value: "NONE", name: "An item for each object" }, { value: "LOAD_AND_FLATTEN", name: "The items inside all objects" }]),
        number("MaxItems", "Most items"),
        ...paths([path("MaxItemsPath", "Most items at a path", "$.most")]),
        NOTE,
      ];
    case "itemBatcher":
      return [
        number("MaxItemsPerBatch", "Most items in a batch"),
        ...paths([path("MaxItemsPerBatchPath", "Most items at a path", "$.most")]),
        number("MaxInputBytesPerBatch", "Most bytes in a batch", "At most 262144"),
        ...paths([path("MaxInputBytesPerBatchPath", "Most bytes at a path", "$.bytes")]),
        { name: "BatchInput", label: "Batch input", kind: "template", group: "config", hint: "What every batch gets besides its items" },
        NOTE,
      ];
    case "resultWriter":
      return [choice("Resource", "Destination", [{ value: `${S3}putObject`, name: "Objects in S3" }]), { ...given(jsonata), hint: "Bucket and Prefix of the results" }, NOTE];
    case "writerConfig":
      return [
        choice("Transformation", "Results", [{ value: "NONE", name: "With their executions" }, { value: "COMPACT", name: "Outputs only" }, { value: "FLATTEN", name: "Outputs, arrays joined" }]),
        choice("OutputType", "Format", ["JSON", "JSONL"]),
        NOTE,
      ];
    case "machine":
      return [
        { ...COMMENT, kind: "long" },
        { name: "TimeoutSeconds", label: "Timeout (s)", kind: "number", group: "config", hint: "An execution that runs longer fails with States.Timeout" },
        { name: "Version", label: "Version of the language", kind: "text", group: "config", when: rarely },
      ];
  }
}

export const TYPES: readonly StateType[] = ["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"];

/** Names of members that hold structure rather than a value of a form. */
export function structureOf(type: StateType): readonly string[] {
  const table: Partial<Record<StateType, string[]>> = { Task: ["Resource", "Retry", "Catch", "Next", "End"], Choice: ["Choices", "Default"], Parallel: ["Branches", "Retry", "Catch", "Next", "End"], Map: ["ItemProcessor", "Iterator", "ItemReader", "ItemBatcher", "ResultWriter", "Retry", "Catch", "Next", "End"], Succeed: [], Fail: [] };
  return ["Type", "QueryLanguage", ...(table[type] ?? ["Next", "End"])];
}

/** Errors that Step Functions itself names (guide: "Error names"). */
export const ERRORS = [
  "States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "States.Permissions", "States.DataLimitExceeded",
  "States.Runtime", "States.ExceedToleratedFailureThreshold", "States.ItemReaderFailed", "States.ResultWriterFailed", "States.NoChoiceMatched",
  "States.IntrinsicFailure", "States.QueryEvaluationError", "States.BranchFailed", "States.ParameterPathFailure", "States.ResultPathMatchFailure",
  "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException", "Lambda.Unknown",
] as const;
