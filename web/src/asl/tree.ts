// JSON text as a tree of places. Unlike JSON.parse it keeps where everything stands, lets comments be, and takes
// Terraform's placeholders (`"Seconds": ${wait}`) for values that nobody knows yet.

import type { Json } from "../lib/json";

/** `word` is a number, true, false or null; `hole` a placeholder. Offsets are of the text. */
export interface Node {
  kind: "object" | "array" | "string" | "word" | "hole";
  from: number;
  to: number;
  /** Of an object, in the text's order. */
  members: Member[];
  /** Of an array. */
  items: Node[];
}

export interface Member {
  key: string;
  from: number;
  /** Behind the name and before the value. */
  keyTo: number;
  value: Node;
}

export class Broken extends SyntaxError {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** One step of a JSON pointer (RFC 6901). */
export function escape(step: string): string {
  return step.replaceAll("~", "~0").replaceAll("/", "~1");
}

export function unescape(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Where blanks, comments and directives (`%{ if x }`) end. */
export function skip(text: string, at: number): number {
  for (;;) {
    const char = text[at];
    if (char === " " || char === "\t" || char === "\r" || char === "\n") at += 1;
    else if (char === "/" && text[at + 1] === "/") at = lineEnd(text, at);
    else if (char === "/" && text[at + 1] === "*") {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 ? text.length : end + 2;
    } else if (char === "%" && text[at + 1] === "{") at = hole(text, at);
    else return at;
  }
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : text[end - 1] === "\r" ? end - 1 : end;
}

/** Behind the `}` that closes the `${` or `%{` at `at`; just behind that when nothing on the line does. */
function hole(text: string, at: number): number {
  let depth = 1;
  let quoted = false;
  for (let index = at + 2; index < text.length && text[index] !== "\n"; index += 1) {
    const char = text[index];
    if (char === '"') quoted = !quoted;
    else if (!quoted && char === "{") depth += 1;
    else if (!quoted && char === "}" && (depth -= 1) === 0) return index + 1;
  }
  return at + 2;
}

function stringEnd(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') return index + 1;
    if (char === "\n") break;
    if (char === "\\") index += 1;
    else if (char === "$" && text[index + 1] === "{") index = hole(text, index) - 1;
  }
  throw new Broken("This string does not end", at);
}

/** What a string literal says; inner quotes of placeholders are no end of it. */
function said(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
}

/** The trees of the last texts: a form asks for many values of one. */
const trees = new Map<string, Node>();
const MOST = 8;

/** The tree of a text, which nobody changes. Throws Broken. */
export function parse(text: string): Node {
  const known = trees.get(text);
  if (known) return known;
  const root = read(text);
  trees.set(text, root);
  if (trees.size > MOST) trees.delete(trees.keys().next().value!);
  return root;
}

/** Tells where every value stands when it ends, also before the text turns out to be broken. Throws Broken. */
export function visit(text: string, seen: (pointer: string, from: number, to: number) => void): void {
  read(text, seen);
}

function read(text: string, seen?: (pointer: string, from: number, to: number) => void): Node {
  let at = 0;

  const value = (pointer: string, start: number | null): Node => {
    const from = at;
    const node: Node = { kind: "word", from, to: from, members: [], items: [] };
    const open = text[at];
    if (open === "{") {
      node.kind = "object";
      list("}", (index) => {
        void index;
        if (text[at] !== '"') throw new Broken(`Here a name in quotes is expected, not ${what(text, at)}`, at);
        const begin = at;
        at = stringEnd(text, at);
        const keyTo = at;
        const key = said(text.slice(begin, at));
        at = skip(text, at);
        if (text[at] !== ":") throw new Broken(`Here a colon is expected, not ${what(text, at)}`, at);
        at = skip(text, at + 1);
        node.members.push({ key, from: begin, keyTo, value: value(`${pointer}/${escape(key)}`, begin) });
      });
    } else if (open === "[") {
      node.kind = "array";
      list("]", (index) => node.items.push(value(`${pointer}/${index}`, null)));
    } else if (open === '"') {
      node.kind = "string";
      at = stringEnd(text, at);
    } else if (open === "$" && text[at + 1] === "{") {
      node.kind = "hole";
      at = hole(text, at);
    } else {
      const word = /[^\s,\]}:"/]*/y;
      word.lastIndex = at;
      const found = word.exec(text)![0];
      if (!/^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/.test(found)) throw new Broken(`Here a value is expected, not ${what(text, at)}`, at);
      at += found.length;
    }
    node.to = at;
    seen?.(pointer, start ?? from, at);
    return node;
  };

  const list = (close: string, element: (index: number) => void): void => {
    at = skip(text, at + 1);
    for (let index = 0; text[at] !== close; index += 1) {
      element(index);
      at = skip(text, at);
      if (text[at] === ",") {
        at = skip(text, at + 1);
        if (text[at] === close) throw new Broken(`After a comma something must follow, not ${what(text, at)}`, at);
      } else if (text[at] !== close) throw new Broken(`Here a comma or ${close} is expected, not ${what(text, at)}`, at);
    }
    at += 1;
  };

  at = skip(text, 0);
  const root = value("", null);
  at = skip(text, at);
  if (at < text.length) throw new Broken(`Nothing may follow here, but there is ${what(text, at)}`, at);
  return root;
}

function what(text: string, at: number): string {
  if (at >= text.length) return "the end";
  if (text[at] === '"') return "a string";
  return `“${/^[\w.+-]+/.exec(text.slice(at, at + 20))?.[0] ?? text[at]}”`;
}

/** The node a pointer leads to. */
export function find(root: Node, pointer: string): Node | null {
  let node: Node | undefined = root;
  for (const step of pointer.split("/").slice(1)) {
    const key: string = unescape(step);
    node = node.kind === "object" ? node.members.findLast((member) => member.key === key)?.value : node.items[Number(key)];
    if (!node) return null;
  }
  return node;
}

/** The value; placeholders become strings that show them. */
export function valueOf(text: string, node: Node): Json {
  const raw = text.slice(node.from, node.to);
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(text, value)]));
    case "array":
      return node.items.map((item) => valueOf(text, item));
    case "string":
      return said(raw);
    case "hole":
      return raw;
    case "word":
      return JSON.parse(raw) as Json;
  }
}

/** Whether a text may have in it what is no JSON: comments, placeholders. */
export function isLoose(text: string): boolean {
  return /[$%]\{|\/[/*]/.test(text);
}

/** Text with its comments, directives and bare placeholders made plain JSON, for those who read nothing else. */
export function plain(text: string): string {
  return isLoose(text) ? JSON.stringify(valueOf(text, parse(text)), null, 2) : text;
}

/** The same with values in the place of placeholders that are right where they stand, so that the rest can be checked. */
export function filled(text: string): string {
  if (!isLoose(text)) return text;
  return JSON.stringify(JSON.parse(plain(text), (key, value: unknown) => (typeof value === "string" && value.includes("${") ? likely(key, value) : value)), null, 2);
}

function likely(key: string, value: string): unknown {
  if (key === "Resource") return "arn:aws:lambda:us-east-1:000000000000:function:placeholder";
  if (!/^\$\{.*\}$/s.test(value)) return value;
  if (/(?:Seconds|MaxAttempts|BackoffRate|MaxConcurrency|Percentage|Count)$|^(?:Numeric.*(?<!Path))$/.test(key)) return 1;
  return /^(?:Parameters|Arguments|Assign|ItemSelector|ResultSelector)$/.test(key) ? {} : value;
}

/** Whether a value is, or has in it, a placeholder. */
export function isOpaque(text: string, node: Node): boolean {
  return node.kind === "hole" || (node.kind === "string" && text.slice(node.from, node.to).includes("${"));
}

/** Reads text that may hold placeholders and comments; undefined where it is broken. */
export function readLoose(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (!isLoose(text)) return undefined;
  }
  try {
    return valueOf(text, parse(text));
  } catch {
    return undefined;
  }
}
