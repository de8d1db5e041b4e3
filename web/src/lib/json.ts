// JSON text, read without giving up.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Body = Record<string, Json>;

export function isBody(value: Json | undefined): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type Read = { value: Json; problem?: undefined } | { problem: string; line: number; column: number; value?: undefined };

/** Parse JSON; a failure says what is wrong, and where: line and column from 1. */
export function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    const { at, problem } = fault(text);
    const before = text.slice(0, at).split("\n");
    return { problem, line: before.length, column: before.at(-1)!.length + 1 };
  }
}

const WORD = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;

/** Where a text stops being JSON, in words for people: engines tell it in various ways, or not at all. */
function fault(text: string): { at: number; problem: string } {
  let at = 0;
  const stop = (problem: string, where = at): never => {
    throw { at: where, problem: where >= text.length ? "The text ends too early" : problem };
  };
  const blank = () => {
    while (" \t\r\n".includes(text[at] ?? "x")) at += 1;
    if (text.startsWith("//", at) || text.startsWith("/*", at)) stop("JSON has no comments");
  };
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const string = (what: string) => {
    if (text[at] === "'") stop("Strings stand in double quotes, not in single ones");
    if (text[at] !== '"') stop(what);
    if (!take(STRING)) stop("This string does not end in its line, or has an escape that JSON does not know");
  };
  const list = (close: string, one: () => void) => {
    at += 1;
    blank();
    if (text[at] === close) return void (at += 1);
    for (;;) {
      one();
      blank();
      if (text[at] === close) return void (at += 1);
      if (text[at] !== ",") stop(`A comma or ${close} is missing`);
      const comma = at;
      at += 1;
      blank();
      if (text[at] === close) stop(`No comma stands before ${close}`, comma);
    }
  };
  const value = (): void => {
    blank();
    if (text[at] === "{") {
      return list("}", () => {
        string("The name of a member is missing: names stand in double quotes");
        blank();
        if (text[at] !== ":") stop("A colon is missing");
        at += 1;
        value();
      });
    }
    if (text[at] === "[") return list("]", value);
    if (text[at] === '"' || text[at] === "'") return string("");
    if (!take(WORD)) stop("A value is missing, or it is none of JSON's: text stands in double quotes");
  };
  try {
    value();
    blank();
    return { at, problem: "Something stands behind the end of the value" };
  } catch (found) {
    return found instanceof Error ? { at: 0, problem: found.message } : (found as { at: number; problem: string });
  }
}

/** Pretty-printed where it is JSON, unchanged where it is not. */
export function pretty(text: string, indent = 2): string {
  const read = readJson(text);
  return read.problem === undefined ? JSON.stringify(read.value, null, indent) : text;
}

/**
 * A cause as AWS shows it is often JSON in JSON: a Lambda's error with its stack trace. Unfold it.
 */
export interface Cause {
  message: string;
  type?: string;
  trace: string[];
  /** What else was in it. */
  rest: Json | undefined;
}

export function unfold(cause: string): Cause {
  const read = readJson(cause);
  const value = read.value;
  if (value === undefined || value === null || typeof value !== "object" || Array.isArray(value)) {
    return { message: cause, trace: [], rest: undefined };
  }
  const { errorMessage, errorType, stackTrace, trace, requestId: _, cause: inner, ...rest } = value as Record<string, Json>;
  if (typeof errorMessage !== "string" && typeof errorType !== "string") {
    return { message: "", trace: [], rest: value };
  }
  const lines = [stackTrace, trace].find(Array.isArray) ?? [];
  const extra = inner === undefined ? rest : { ...rest, cause: inner };
  return {
    message: typeof errorMessage === "string" ? errorMessage : "",
    ...(typeof errorType === "string" && { type: errorType }),
    trace: lines.map((line) => (typeof line === "string" ? line.replace(/\n$/, "") : JSON.stringify(line))),
    rest: Object.keys(extra).length ? extra : undefined,
  };
}

/** `$.a.b[0]['odd name']` of a way into a value. */
export function jsonPath(way: readonly (string | number)[]): string {
  return way.reduce<string>(
    (path, step) =>
      typeof step === "number" ? `${path}[${step}]` : /^[A-Za-z_]\w*$/.test(step) ? `${path}.${step}` : `${path}['${step.replaceAll("'", "\\'")}']`,
    "$",
  );
}

/** A place in a value: the way to it, and what stands there. */
export interface Place {
  way: readonly (string | number)[];
  value: Json;
}

export const MOST_FOUND = 200;

/** Where a name or a plain value contains the text, whatever its case; at most MOST_FOUND places. */
export function findIn(value: Json, wanted: string): Place[] {
  const text = wanted.toLowerCase();
  const found: Place[] = [];
  const look = (at: Json, way: readonly (string | number)[]): void => {
    if (found.length >= MOST_FOUND) return;
    const name = way.at(-1);
    const many = typeof at === "object" && at !== null;
    if ((typeof name === "string" && name.toLowerCase().includes(text)) || (!many && String(at).toLowerCase().includes(text))) found.push({ way, value: at });
    if (Array.isArray(at)) at.forEach((member, index) => look(member, [...way, index]));
    else if (many) for (const [key, member] of Object.entries(at)) look(member, [...way, key]);
  };
  look(value, []);
  return found;
}

/** What stands at a way through objects. */
export function getIn(value: Json | undefined, way: readonly string[]): Json | undefined {
  return way.reduce<Json | undefined>((at, step) => (isBody(at) && Object.hasOwn(at, step) ? at[step] : undefined), value);
}

/** The value with another one at a way, or without it (undefined); objects on the way come and go with what is in them. */
export function setIn(value: Json | undefined, way: readonly string[], part: Json | undefined): Json {
  const [step, ...rest] = way;
  if (step === undefined) return part ?? null;
  const { [step]: old, ...others } = isBody(value) ? value : {};
  const inner = rest.length ? setIn(old, rest, part) : part;
  if (inner === undefined || (part === undefined && rest.length && isBody(inner) && !Object.keys(inner).length)) return others;
  // The order of what is there already stays.
  return isBody(value) && Object.hasOwn(value, step) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === step ? inner : each])) : { ...others, [step]: inner };
}
