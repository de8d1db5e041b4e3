// A definition as the console reads it: states by JSON pointer, scopes, functions. The server's parser is the truth;
// this one only looks things up and never complains.

import { isBody, type Body, type Json } from "../lib/json";
import { escape, readLoose } from "./tree";

export type StateType = "Task" | "Pass" | "Choice" | "Wait" | "Succeed" | "Fail" | "Parallel" | "Map";

export interface StateNode {
  pointer: string;
  name: string;
  type: StateType;
  /** The state that contains this one. */
  parent: string | null;
  body: Record<string, Json>;
}

export interface Definition {
  states: Map<string, StateNode>;
  /** Names -> pointers of the states directly in a container ("" for the machine itself), all branches together. */
  inside: Map<string, Map<string, string>>;
  comment?: string;
  queryLanguage: "JSONPath" | "JSONata";
}

export function readDefinition(text: string): Definition | null {
  const root = readLoose(text);
  if (!isBody(root) || !isBody(root.States)) return null;
  const found: Definition = {
    states: new Map(),
    inside: new Map(),
    queryLanguage: root.QueryLanguage === "JSONata" ? "JSONata" : "JSONPath",
    ...(typeof root.Comment === "string" && { comment: root.Comment }),
  };
  scope(found, root, "", null);
  return found;
}

function scope(found: Definition, flow: Body, at: string, parent: string | null): void {
  if (!isBody(flow.States)) return;
  const key = parent ?? "";
  const names = found.inside.get(key) ?? new Map<string, string>();
  found.inside.set(key, names);
  for (const [name, body] of Object.entries(flow.States)) {
    if (!isBody(body)) continue;
    const pointer = `${at}/States/${escape(name)}`;
    found.states.set(pointer, { pointer, name, type: body.Type as StateType, parent, body });
    names.set(name, pointer);
    if (Array.isArray(body.Branches)) {
      body.Branches.forEach((branch, index) => isBody(branch) && scope(found, branch, `${pointer}/Branches/${index}`, pointer));
    }
    for (const member of ["ItemProcessor", "Iterator"]) {
      const inner = body[member];
      if (isBody(inner)) scope(found, inner, `${pointer}/${member}`, pointer);
    }
  }
}

/** What a Task does, in a few words: "lambda: invoke", "sqs: sendMessage", "activity", "function". */
export function resourceLabel(resource: string): string {
  if (resource.includes(":lambda:") && resource.includes(":function:")) return `lambda: ${resource.split(":function:")[1]}`;
  if (resource.includes(":activity:")) return `activity: ${resource.split(":activity:")[1]}`;
  const task = /^arn:[^:]*:states:::(?:aws-sdk:)?([^:]+):(.+)$/.exec(resource);
  return task ? `${task[1]}: ${task[2]}` : resource;
}

/** Lambda functions that the states name literally, by the name or ARN as written. */
export function usedFunctions(definition: Definition): string[] {
  const found = new Set<string>();
  for (const { type, body } of definition.states.values()) {
    if (type !== "Task" || typeof body.Resource !== "string") continue;
    if (body.Resource.includes(":function:")) found.add(functionName(body.Resource));
    else if (body.Resource.includes(":::lambda:invoke")) {
      const given = (body.Parameters ?? body.Arguments) as Body | undefined;
      const name = given?.FunctionName;
      if (typeof name === "string" && !name.startsWith("{%")) found.add(functionName(name));
    }
  }
  return [...found].sort();
}

/** ARNs of the machines whose executions the states start, where they are named literally. */
export function usedMachines(definition: Definition): string[] {
  const found = new Set<string>();
  for (const { body } of definition.states.values()) {
    const arn = childMachine(body);
    if (arn) found.add(arn);
  }
  return [...found].sort();
}

export function childMachine(body: Record<string, Json>): string | null {
  if (typeof body.Resource !== "string" || !/:::(?:states|aws-sdk:sfn):start(?:Sync)?Execution/.test(body.Resource)) return null;
  const arn = ((body.Parameters ?? body.Arguments) as Body | undefined)?.StateMachineArn;
  return typeof arn === "string" && /^arn:[^$%{}]+$/.test(arn) ? arn : null;
}

export function functionName(arnOrName: string): string {
  const [, after] = arnOrName.split(":function:");
  return (after ?? arnOrName).split(":")[0]!;
}
