// JSON text, read without giving up.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type Read = { value: Json; problem?: undefined } | { problem: string; line?: number; value?: undefined };

/** Parse JSON; a failure says what is wrong, and in which line (from 1) when the engine tells. */
export function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = /position (\d+)/.exec(message);
    const at = place ? Number(place[1]) : /end of JSON/i.test(message) ? text.length : null;
    const problem = message.replace(/^JSON\.parse: /, "").replace(/ in JSON at position.*$/s, "").replace(/ \(line.*$/s, "");
    return at === null ? { problem } : { problem, line: text.slice(0, at).split("\n").length };
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
