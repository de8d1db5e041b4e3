// What a definition reads of its input: fields for a form, found in the references of the states that see the input.
// A help, no truth: nothing is demanded that is not here, and nothing here is demanded.

import { getIn, isBody, setIn, type Body, type Json } from "../lib/json";
import { readLoose, unescape } from "./tree";

export type Kind = "string" | "number" | "boolean" | "array" | "object" | "any";

export interface InputField {
  /** `["order", "total"]` */
  way: string[];
  kind: Kind;
  /** It may be left out. */
  optional: boolean;
  /** Values it is compared with, or may have. */
  values: Json[];
  title?: string;
  note?: string;
  preset?: Json;
}

/** Fields in the order in which the definition reads them, without those that are parts of what is known better. */
export function inputFields(definition: string): InputField[] {
  const root = readLoose(definition);
  if (!isBody(root)) return [];
  const found = new Map<string, InputField>();
  const note: Note = (way, kind = "any", values = [], optional = false) => {
    if (!way.length) return;
    const key = JSON.stringify(way);
    const old = found.get(key) ?? { way, kind: "any", optional: false, values: [] };
    const fresh = values.filter((value) => !old.values.includes(value));
    found.set(key, { ...old, kind: old.kind === "any" ? kind : old.kind, optional: old.optional || optional, values: [...old.values, ...fresh] });
  };
  flow(root, { language: root.QueryLanguage === "JSONata" ? "JSONata" : "JSONPath", prefix: [], written: new Set() }, note);
  const all = [...found.values()];
  return all.filter(({ way, kind }) => kind === "array" || kind === "string" || !all.some((other) => other.way.length > way.length && way.every((step, at) => other.way[at] === step)));
}

type Note = (way: string[], kind?: Kind, values?: Json[], optional?: boolean) => void;

/** `prefix` is where in the input the state's own input stands; `written` are names that earlier states have put into it. */
interface Sight {
  language: "JSONPath" | "JSONata";
  prefix: string[];
  written: ReadonlySet<string>;
}

function flow(machine: Body, sight: Sight, note: Note): void {
  if (!isBody(machine.States) || typeof machine.StartAt !== "string") return;
  const waiting: [string, Sight][] = [[machine.StartAt, sight]];
  const done = new Set<string>();
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, seen] = next;
    const state = machine.States[name];
    if (done.has(name) || !isBody(state)) continue;
    done.add(name);
    const passed = visit(state, { ...seen, language: state.QueryLanguage === "JSONata" ? "JSONata" : state.QueryLanguage === "JSONPath" ? "JSONPath" : seen.language }, note);
    if (passed) for (const target of targets(state)) waiting.push([target, { ...passed, language: sight.language }]);
  }
}

function targets(state: Body): string[] {
  const rules = Array.isArray(state.Choices) ? state.Choices : [];
  return [state.Next, state.Default, ...rules.map((rule) => (isBody(rule) ? rule.Next : null))].filter((each) => typeof each === "string");
}

/** Note what a state reads; what the states behind it see of the input, null for nothing. */
function visit(state: Body, sight: Sight, note: Note): Sight | null {
  if (sight.language === "JSONata") {
    jsonata(state, sight, note);
    if (Array.isArray(state.Branches) && state.Arguments === undefined) for (const branch of state.Branches) if (isBody(branch)) flow(branch, sight, note);
    return state.Output === undefined && ["Choice", "Wait", "Pass", "Succeed"].includes(String(state.Type)) ? sight : null;
  }
  const path = state.InputPath;
  const into = path === undefined || path === "$" ? [] : typeof path === "string" ? steps(path) : null;
  if (into === null) return null;
  const own: Sight = { ...sight, prefix: [...sight.prefix, ...into] };
  jsonPath(state, own, note);
  if (Array.isArray(state.Branches) && state.Parameters === undefined) for (const branch of state.Branches) if (isBody(branch)) flow(branch, own, note);
  return behind(state, sight, own);
}

function behind(state: Body, before: Sight, own: Sight): Sight | null {
  if (state.OutputPath !== undefined && state.OutputPath !== "$") return null;
  if (["Choice", "Wait", "Succeed"].includes(String(state.Type))) return own;
  if (state.Type === "Pass" && state.Parameters === undefined && state.Result === undefined && state.ResultPath === undefined) return own;
  const result = state.ResultPath;
  if (result === null) return before;
  const name = typeof result === "string" ? steps(result)?.[0] : undefined;
  return name === undefined ? null : { ...before, written: new Set([...before.written, name]) };
}

const NOT_OF_THE_INPUT = new Set(["ResultPath", "ResultSelector", "States", "Branches", "ItemProcessor", "Iterator", "Catch", "Retry", "Comment", "Assign"]);

function jsonPath(body: Body, sight: Sight, note: Note, within: string | null = null): void {
  for (const [key, value] of Object.entries(body)) {
    if (NOT_OF_THE_INPUT.has(key) || (within === null && (key === "InputPath" || key === "OutputPath"))) continue;
    if (key === "ItemSelector") continue;
    if (typeof value === "string") {
      if (key === "Variable") compared(body, value, sight, note);
      else if (/Path$/.test(key) || key.endsWith(".$")) for (const found of paths(value)) tell(found, sight, note, key === "ItemsPath" ? "array" : /^(Seconds|TimeoutSeconds|HeartbeatSeconds|MaxConcurrency|Numeric)/.test(key) ? "number" : "any");
    } else if (Array.isArray(value)) for (const each of value) isBody(each) && jsonPath(each, sight, note, key);
    else if (isBody(value)) jsonPath(value, sight, note, key);
  }
}

/** A rule of a Choice says of which kind the value is. */
function compared(rule: Body, path: string, sight: Sight, note: Note): void {
  const test = Object.entries(rule).find(([name]) => /^(String|Numeric|Boolean|Timestamp|Is)/.test(name));
  const [name = "", value = null] = test ?? [];
  const kind: Kind = /^Numeric|^IsNumeric/.test(name) ? "number" : /^Boolean|^IsBoolean/.test(name) ? "boolean" : /^(String|Timestamp|IsString|IsTimestamp)/.test(name) ? "string" : "any";
  const plain = /^(StringEquals|NumericEquals)$/.test(name) ? [value] : [];
  for (const found of paths(path)) tell(found, sight, note, kind, plain, name === "IsPresent" || name === "IsNull");
}

function tell({ context, way }: Found, sight: Sight, note: Note, kind: Kind = "any", values: Json[] = [], optional = false): void {
  if (context) return note(way, kind, values, optional);
  const whole = [...sight.prefix, ...way];
  if (!sight.written.has(whole[0] ?? "")) note(whole, kind, values, optional);
}

interface Found {
  /** Of the execution's input in the context object. */
  context: boolean;
  way: string[];
}

const STEP = String.raw`(?:\.[A-Za-z_]\w*|\['[^']+'\]|\["[^"]+"\])`;
const PATH = new RegExp(String.raw`(\$\$\.Execution\.Input|(?<!\$)\$)(${STEP}*)`, "g");

/** The reference paths in a text: one, or several within an intrinsic function. */
function paths(text: string): Found[] {
  const bare = text.startsWith("States.") ? text.replaceAll(/'(?:[^'\\]|\\.)*'/g, (quoted, at: number) => (text[at - 1] === "[" ? quoted : "''")) : text;
  return [...bare.matchAll(PATH)].filter(([, , way]) => way !== "").map(([, root, way]) => ({ context: root !== "$", way: steps(`$${way}`) ?? [] }));
}

function steps(path: string): string[] | null {
  if (!new RegExp(`^\\$${STEP}*$`).test(path)) return null;
  return [...path.matchAll(/\.([A-Za-z_]\w*)|\['([^']+)'\]|\["([^"]+)"\]/g)].map(([, plain, single, double]) => (plain ?? single ?? double)!);
}

const QUERY = /\$states\.(input|context\.Execution\.Input)((?:\.(?:[A-Za-z_]\w*|`[^`]+`))+)(?:\s*(?:!=|<=|>=|=|<|>)\s*(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)\b|(true|false)\b))?/g;
const EXISTS = /\$exists\(\s*$/;

function jsonata(value: Json, sight: Sight, note: Note, key = ""): void {
  if (Array.isArray(value)) return value.forEach((each) => jsonata(each, sight, note, key));
  if (isBody(value)) {
    for (const [name, each] of Object.entries(value)) if (!["States", "Branches", "ItemProcessor", "Catch", "Retry", "Comment", "ItemSelector"].includes(name)) jsonata(each, sight, note, name);
    return;
  }
  if (typeof value !== "string" || !value.startsWith("{%")) return;
  for (const [whole, root, path, single, double, number, truth] of value.matchAll(QUERY)) {
    const way = path!.slice(1).match(/`[^`]+`|[^.]+/g)!.map((step) => step.replaceAll("`", ""));
    const text = single ?? double;
    const literal: Json | undefined = text ?? (number !== undefined ? Number(number) : truth !== undefined ? truth === "true" : undefined);
    const kind: Kind = literal !== undefined ? (typeof literal as Kind) : key === "Items" && value.replaceAll(/[{%}\s]/g, "") === whole.trim() ? "array" : key === "Seconds" ? "number" : "any";
    const optional = EXISTS.test(value.slice(0, value.indexOf(whole)));
    tell({ context: root !== "input", way }, sight, note, kind, typeof literal === "string" || typeof literal === "number" ? [literal] : [], optional);
  }
}

const KINDS: Record<string, Kind> = { string: "string", number: "number", integer: "number", boolean: "boolean", array: "array", object: "object" };

/** Fields of a JSON schema of an object: its properties with type, enum, default, title, description; `$ref` within it. */
export function fieldsOfSchema(schema: Json): InputField[] {
  const found: InputField[] = [];
  const look = (at: Json | undefined, way: string[], optional: boolean, within: readonly Json[]): void => {
    const part = resolved(schema, at);
    if (!isBody(part)) return;
    const circular = within.includes(part);
    if (isBody(part.properties) && !circular) {
      const required = Array.isArray(part.required) ? part.required : [];
      for (const [name, each] of Object.entries(part.properties)) look(each, [...way, name], optional || !required.includes(name), [...within, part]);
    } else if (way.length) {
      const type = [part.type].flat().find((each) => each !== "null");
      found.push({
        way,
        kind: circular ? "object" : (KINDS[String(type)] ?? "any"),
        optional,
        values: Array.isArray(part.enum) ? part.enum : part.const === undefined ? [] : [part.const],
        ...(typeof part.title === "string" && { title: part.title }),
        ...(typeof part.description === "string" && { note: part.description }),
        ...(part.default !== undefined && { preset: part.default }),
      });
    }
  };
  look(schema, [], false, []);
  return found;
}

function resolved(schema: Json, part: Json | undefined): Json | undefined {
  if (!isBody(part) || typeof part.$ref !== "string" || !part.$ref.startsWith("#")) return part;
  const at = part.$ref.slice(1).split("/").filter(Boolean).reduce<Json | undefined>((value, step) => (isBody(value) ? value[unescape(step)] : undefined), schema);
  return isBody(at) && at.$ref === undefined ? at : undefined;
}

/** The parts of an earlier input, where the definition itself says nothing. */
export function fieldsOfExample(value: Json, most = 20): InputField[] {
  const found: InputField[] = [];
  const look = (at: Json, way: string[]): void => {
    if (isBody(at) && way.length < 3 && Object.keys(at).length) for (const [name, part] of Object.entries(at)) look(part, [...way, name]);
    else if (way.length && found.length < most) found.push({ way, kind: kindOf(at), optional: false, values: [] });
  };
  look(value, []);
  return found;
}

/** Kinds that the definition leaves open are those of an earlier input. */
export function withKinds(fields: readonly InputField[], example: Json | undefined): InputField[] {
  return fields.map((field) => (field.kind === "any" && example !== undefined ? { ...field, kind: kindOf(getIn(example, field.way)) } : field));
}

function kindOf(value: Json | undefined): Kind {
  if (value === undefined || value === null) return "any";
  return Array.isArray(value) ? "array" : (typeof value as Kind);
}

/** A value with all the fields, to be filled in. */
export function skeleton(fields: readonly InputField[]): Json {
  const blank: Record<Kind, Json> = { string: "", number: 0, boolean: false, array: [], object: {}, any: "" };
  return fields.reduce<Json>((value, { way, kind, values, preset }) => setIn(value, way, preset ?? values[0] ?? blank[kind]), {});
}
