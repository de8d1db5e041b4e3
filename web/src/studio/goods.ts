// What can be added: states of the flow, actions, patterns. Each makes what is written for the query language.

import { insertPattern, insertState, type Body, type Edited, type Pattern } from "../asl/edits";
import type { Language } from "../asl/fields";
import { ask } from "../aws/client";
import type { Json } from "../lib/json";

export interface Goods {
  id: string;
  name: string;
  hint: string;
  icon: string;
  /** Put it where `slot` leads. */
  put: (text: string, slot: string, language: Language) => Promise<Edited>;
}

const READY = { jsonata: { Condition: "{% $states.input.ready = true %}" } as Body, paths: { Variable: "$.ready", BooleanEquals: true } as Body };

function flow(id: string, name: string, hint: string, icon: string, make: (jsonata: boolean) => Body): Goods {
  return { id, name, hint, icon, put: async (text, slot, language) => insertState(text, slot, name, make(language === "JSONata")) };
}

const inner = (name: string) => ({ StartAt: name, States: { [name]: { Type: "Pass", End: true } } });
const items = (jsonata: boolean): Body => (jsonata ? { Items: "{% $states.input.items %}" } : { ItemsPath: "$.items" });

export const FLOW: readonly Goods[] = [
  flow("choice", "Choice", "Go on by conditions", "choice", (jsonata) => ({ Type: "Choice", Choices: [jsonata ? READY.jsonata : READY.paths] })),
  flow("parallel", "Parallel", "Branches at the same time", "parallel", () => ({ Type: "Parallel", Branches: [inner("Pass"), inner("Pass")] })),
  flow("map", "Map", "The same for each item", "map", (jsonata) => ({ Type: "Map", ...items(jsonata), ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...inner("Pass") } })),
  flow("distributed", "Distributed Map", "Each item an execution", "map", (jsonata) => ({ Type: "Map", ...items(jsonata), MaxConcurrency: 100, ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...inner("Pass") } })),
  flow("pass", "Pass", "Make or reshape data", "pass", () => ({ Type: "Pass" })),
  flow("wait", "Wait", "For a time, or until one", "wait", () => ({ Type: "Wait", Seconds: 5 })),
  flow("succeed", "Succeed", "End well", "succeed", () => ({ Type: "Succeed" })),
  flow("fail", "Fail", "End with an error", "fail", () => ({ Type: "Fail", Error: "Failed", Cause: "" })),
];

const RETRY = [{ ErrorEquals: ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: "FULL" }];

function invoke(jsonata: boolean): Body {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    ...(jsonata ? { Arguments: { FunctionName: "my-function", Payload: "{% $states.input %}" }, Output: "{% $states.result.Payload %}" } : { Parameters: { FunctionName: "my-function", "Payload.$": "$" }, OutputPath: "$.Payload" }),
    Retry: RETRY,
  };
}

function question(jsonata: boolean): Body {
  const QueueUrl = "http://localhost:4566/000000000000/questions";
  return {
    Type: "Task",
    Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    ...(jsonata
      ? { Arguments: { QueueUrl, MessageBody: { question: "{% $states.input %}", token: "{% $states.context.Task.Token %}" } } }
      : { Parameters: { QueueUrl, MessageBody: { "question.$": "$", "token.$": "$$.Task.Token" } } }),
    TimeoutSeconds: 86_400,
    Catch: [{ ErrorEquals: ["States.Timeout"], Next: "No answer" }],
    Next: "",
  };
}

function pattern(id: string, name: string, hint: string, icon: string, make: (jsonata: boolean) => Pattern): Goods {
  return { id, name, hint, icon, put: async (text, slot, language) => insertPattern(text, slot, make(language === "JSONata")) };
}

export const PATTERNS: readonly Goods[] = [
  pattern("poll", "Poll until done", "Ask, wait, ask again", "retry", (jsonata) => ({
    StartAt: "Ask for the status",
    States: {
      "Ask for the status": { ...invoke(jsonata), Next: "Done?" },
      "Done?": { Type: "Choice", Choices: [{ ...(jsonata ? { Condition: "{% $states.input.status = 'DONE' %}" } : { Variable: "$.status", StringEquals: "DONE" }), Next: "" }], Default: "Wait a little" },
      "Wait a little": { Type: "Wait", Seconds: 10, Next: "Ask for the status" },
    },
  })),
  pattern("answer", "Wait for an answer", "With a task token", "message", (jsonata) => ({ StartAt: "Ask and wait", States: { "Ask and wait": question(jsonata), "No answer": { Type: "Fail", Error: "NoAnswer", Cause: "Nobody answered in time" } } })),
  pattern("try", "Try and catch", "Handle errors of a group", "branch", () => ({
    StartAt: "Try",
    States: {
      Try: { Type: "Parallel", Branches: [inner("Work")], Catch: [{ ErrorEquals: ["States.ALL"], Next: "Handle the error" }], Next: "" },
      "Handle the error": { Type: "Pass", Next: "" },
    },
  })),
  pattern("gather", "Fan out and gather", "Each item, then all results", "map", (jsonata) => ({
    StartAt: "Each item",
    States: {
      "Each item": { Type: "Map", ...items(jsonata), MaxConcurrency: 10, ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...inner("Work on it") }, Next: "Gather" },
      Gather: { Type: "Pass", Next: "" },
    },
  })),
];

interface Action {
  resource: string;
  service: string;
  action: string;
  patterns: string[];
  sdk: boolean;
}

const ICONS: Record<string, string> = { lambda: "function", dynamodb: "database", sqs: "queue", sns: "message", s3: "storage", states: "workflow", sfn: "workflow", http: "http", apigateway: "http", events: "message", eventbridge: "message", bedrock: "model", ecs: "compute", batch: "compute", eks: "compute", athena: "data", glue: "data", sagemaker: "model" };
const FIRST = ["lambda", "dynamodb", "sqs", "sns", "states", "events", "http", "ecs"];

export async function findActions(search: string, signal: AbortSignal): Promise<Goods[]> {
  const { actions } = await ask<{ actions: Action[] }>(`actions?search=${encodeURIComponent(search)}&limit=120`, undefined, signal);
  const rank = ({ service, sdk }: Action) => (sdk ? 99 : FIRST.includes(service) ? FIRST.indexOf(service) : 50);
  return [...actions].sort((one, other) => rank(one) - rank(other)).map(toGoods);
}

function toGoods({ resource, service, action, sdk }: Action): Goods {
  const words = action.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  const name = resource.endsWith(":::lambda:invoke") ? "Lambda invoke" : words.charAt(0).toUpperCase() + words.slice(1);
  return {
    id: resource,
    name: `${service}: ${action}`,
    hint: sdk ? "AWS SDK" : "Optimized",
    icon: ICONS[service] ?? "service",
    put: async (text, slot, language) => insertState(text, slot, name, await task(resource, language === "JSONata")),
  };
}

async function task(resource: string, jsonata: boolean): Promise<Body> {
  if (resource.endsWith(":::lambda:invoke")) return invoke(jsonata);
  const { action } = await describeAction(resource);
  return { Type: "Task", Resource: resource, [jsonata ? "Arguments" : "Parameters"]: action?.required ?? {} };
}

interface Described {
  action: { required: Record<string, Json>; all: string[] } | null;
}

export function describeAction(resource: string, signal?: AbortSignal): Promise<Described> {
  return ask(`actions?resource=${encodeURIComponent(resource)}`, undefined, signal);
}
