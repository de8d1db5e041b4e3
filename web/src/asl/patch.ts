// Changes of JSON text, each a pure function text -> text. What is not changed keeps its order, its comments, its
// blanks; what is new is written as its neighbours are. Pointers lead to places; those that lead nowhere are a bug of
// the caller (NoPlace), broken text is Broken.

import type { Json } from "../lib/json";
import { escape, find, isLoose, type Node, parse, skip, unescape, valueOf } from "./tree";

export class NoPlace extends Error {}

/** How a text is written. */
export interface Style {
  /** Blanks per level, "" for text on one line. */
  unit: string;
  newline: string;
  /** Between a name and its value. */
  colon: string;
  /** Behind a comma, in one line. */
  space: string;
}

interface Spot {
  from: number;
  to: number;
}

export function styleOf(text: string): Style {
  const indented = /[{[][ \t]*(\r?\n)([ \t]+)\S/.exec(text);
  const colon = /"\s*:([ \t]*)\S/.exec(text);
  const many = /\n/.test(text.trim());
  const deep = many ? (indented?.[2] ?? "  ") : "";
  const outer = many && indented ? blanksBefore(text, indented.index) : "";
  return {
    unit: deep.startsWith(outer) ? deep.slice(outer.length) || deep : deep,
    newline: text.includes("\r\n") ? "\r\n" : "\n",
    colon: colon ? `:${colon[1]}` : ": ",
    space: colon && colon[1] === "" ? "" : " ",
  };
}

/** A new value as text in the style of another text, for `setRaw`. */
export function written(text: string, value: Json): string {
  const style = styleOf(text);
  return print(value, style, style.unit ? "" : null);
}

/** The blanks that begin the line of an offset. */
export function blanksBefore(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))![0];
}

/** A value as text: over several lines from `indent` on, or in one. */
function print(value: Json, style: Style, indent: string | null): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const many = indent !== null && style.unit !== "";
  const inner = many ? indent + style.unit : null;
  const parts = Array.isArray(value)
    ? value.map((item) => print(item, style, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}${style.colon}${print(item, style, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!parts.length) return `${open}${close}`;
  if (!many) return `${open}${parts.join(`,${style.space}`)}${close}`;
  return `${open}${style.newline}${inner}${parts.join(`,${style.newline}${inner}`)}${style.newline}${indent}${close}`;
}

/** The members or items of a container as stretches of text. */
function spots(node: Node): Spot[] {
  return node.kind === "object" ? node.members.map(({ from, value }) => ({ from, to: value.to })) : node.items;
}

function isOverLines(text: string, node: Node): boolean {
  const first = spots(node)[0];
  return first ? text.slice(node.from, first.from).includes("\n") : styleOf(text).unit !== "";
}

/** Where the indentation of a container's elements ends up. */
function innerIndent(text: string, node: Node, style: Style): string {
  const first = spots(node)[0];
  return first && isOverLines(text, node) ? blanksBefore(text, first.from) : blanksBefore(text, node.from) + style.unit;
}

/** Behind a comment that stands in the same line as `at`. */
function lineTail(text: string, at: number): number {
  const comment = /[ \t]*(?:\/\*[^\n]*?\*\/[ \t]*)*(?:\/\/[^\r\n]*)?/y;
  comment.lastIndex = at;
  const found = comment.exec(text)![0];
  return /\/[/*]/.test(found) ? at + found.trimEnd().length : at;
}

function splice(text: string, from: number, to: number, put: string): string {
  return text.slice(0, from) + put + text.slice(to);
}

/** Put `written` (a member or an item as text) at `index` of the container. */
function insertAt(text: string, node: Node, index: number, written: string): string {
  const all = spots(node);
  const style = styleOf(text);
  const many = isOverLines(text, node);
  const gap = many ? style.newline + innerIndent(text, node, style) : "";
  if (!all.length) {
    const end = many ? style.newline + blanksBefore(text, node.from) : "";
    return splice(text, node.from + 1, node.to - 1, `${text.slice(node.from + 1, node.to - 1).trimEnd()}${gap}${written}${end}`);
  }
  if (index === 0) {
    return many ? splice(text, node.from + 1, node.from + 1, `${gap}${written},`) : splice(text, all[0]!.from, all[0]!.from, `${written},${style.space}`);
  }
  const before = all[index - 1]!;
  if (index < all.length) {
    const comma = skip(text, before.to);
    const at = many ? lineTail(text, comma + 1) : comma + 1;
    return splice(text, at, at, `${many ? gap : style.space}${written},`);
  }
  const tail = many ? lineTail(text, before.to) : before.to;
  return `${text.slice(0, before.to)},${text.slice(before.to, tail)}${many ? gap : style.space}${written}${text.slice(tail)}`;
}

function removeFrom(text: string, node: Node, index: number): string {
  const all = spots(node);
  const spot = all[index]!;
  if (all.length === 1) {
    const rest = text.slice(node.from + 1, spot.from) + text.slice(spot.to, node.to - 1);
    return rest.trim() ? splice(text, spot.from, spot.to, "") : splice(text, node.from + 1, node.to - 1, "");
  }
  if (index < all.length - 1) {
    const comma = skip(text, spot.to);
    const tail = lineTail(text, comma + 1);
    const next = /\s*/y;
    next.lastIndex = tail;
    return splice(text, spot.from, tail + next.exec(text)![0].length, "");
  }
  const before = all[index - 1]!;
  const comma = skip(text, before.to);
  const kept = text.slice(before.to, comma) + text.slice(comma + 1, spot.from);
  return splice(text, before.to, spot.to, kept.trim() ? kept.trimEnd() : "");
}

function cut(pointer: string): [string, string] {
  const at = pointer.lastIndexOf("/");
  return [pointer.slice(0, at), unescape(pointer.slice(at + 1))];
}

function container(root: Node, pointer: string): Node {
  const node = find(root, pointer);
  if (!node || (node.kind !== "object" && node.kind !== "array")) throw new NoPlace(`There is nothing at ${pointer || "the root"}`);
  return node;
}

function indexIn(node: Node, step: string): number {
  return node.kind === "object" ? node.members.findLastIndex(({ key }) => key === step) : Number(step) < node.items.length ? Number(step) : -1;
}

// -- the changes

export function has(text: string, pointer: string): boolean {
  return find(parse(text), pointer) !== null;
}

export function get(text: string, pointer: string): Json | undefined {
  const node = find(parse(text), pointer);
  return node ? valueOf(text, node) : undefined;
}

/**
 * Set the value at a pointer, or remove what is there (undefined). A new member goes to the end of its object, or behind
 * the member `after`. Objects are changed member by member.
 */
export function set(text: string, pointer: string, value: Json | undefined, after?: string | null): string {
  const root = parse(text);
  const style = styleOf(text);
  if (pointer === "") return splice(text, root.from, root.to, print(value ?? null, style, ""));
  const [above, step] = cut(pointer);
  const parent = container(root, above);
  const index = indexIn(parent, step);
  if (value === undefined) return index < 0 ? text : removeFrom(text, parent, index);
  if (index >= 0) return change(text, pointer, find(root, pointer)!, value, style);
  const indent = isOverLines(text, parent) ? innerIndent(text, parent, style) : null;
  const printed = print(value, style, indent);
  if (parent.kind === "array") return insertAt(text, parent, parent.items.length, printed);
  return insertAt(text, parent, placeAfter(parent, after), `${JSON.stringify(step)}${style.colon}${printed}`);
}

function placeAfter(parent: Node, after: string | null | undefined): number {
  if (after === null) return 0;
  const found = after === undefined ? -1 : parent.members.findIndex(({ key }) => key === after);
  return found < 0 ? parent.members.length : found + 1;
}

function change(text: string, pointer: string, node: Node, value: Json, style: Style): string {
  const old = valueOf(text, node);
  if (same(old, value)) return text;
  if (node.kind === "object" && isObject(value)) {
    const at = (key: string) => `${pointer}/${escape(key)}`;
    const gone = node.members.map(({ key }) => key).filter((key) => !(key in value));
    // What is new stands where it stands in the value.
    const keys = Object.keys(value);
    const kept = keys.reduce((changed, key, index) => set(changed, at(key), value[key], keys[index - 1] ?? null), text);
    return gone.reduce((changed, key) => set(changed, at(key), undefined), kept);
  }
  if (node.kind === "array" && Array.isArray(value) && value.length === node.items.length) {
    return value.reduce<string>((changed, item, index) => set(changed, `${pointer}/${index}`, item), text);
  }
  const many = text.slice(node.from, node.to).includes("\n") || typeof old !== "object";
  return splice(text, node.from, node.to, print(value, style, many && style.unit ? blanksBefore(text, node.from) : null));
}

export function same(one: Json | undefined, other: Json | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Put an item into an array, at `index`. */
export function insertItem(text: string, pointer: string, index: number, value: Json): string {
  const array = container(parse(text), pointer);
  const style = styleOf(text);
  return insertAt(text, array, index, print(value, style, isOverLines(text, array) ? innerIndent(text, array, style) : null));
}

/** Exchange two neighbours of an array, `index` and the next; what stands between them stays. */
export function swapItems(text: string, pointer: string, index: number): string {
  const { items } = container(parse(text), pointer);
  const [one, two] = [items[index], items[index + 1]];
  if (!one || !two) throw new NoPlace(`${pointer} has no items ${index} and ${index + 1}`);
  return text.slice(0, one.from) + text.slice(two.from, two.to) + text.slice(one.to, two.from) + text.slice(one.from, one.to) + text.slice(two.to);
}

/** Give a member another name; its value and its place stay. */
export function renameMember(text: string, pointer: string, name: string): string {
  const [above, step] = cut(pointer);
  const parent = container(parse(text), above);
  const member = parent.members[indexIn(parent, step)];
  if (!member) throw new NoPlace(`There is nothing at ${pointer}`);
  return splice(text, member.from, member.keyTo, JSON.stringify(name));
}

/** Put another member in the place of one: `End: true` becomes `Next: "B"`. */
export function replaceMember(text: string, pointer: string, name: string, value: Json): string {
  const [above] = cut(pointer);
  const renamed = renameMember(text, pointer, name);
  return set(renamed, `${above}/${name}`, value);
}

/** The text of a value, moved to the left margin. */
export function raw(text: string, pointer: string): string | undefined {
  const node = find(parse(text), pointer);
  if (!node) return undefined;
  const indent = blanksBefore(text, node.from);
  const part = text.slice(node.from, node.to);
  return indent ? part.replaceAll(`\n${indent}`, "\n") : part;
}

/** Write a value as the given text, which is moved to where it belongs. `index` is for arrays. */
export function setRaw(text: string, pointer: string, source: string, after?: string | null): string {
  const root = parse(text);
  const [above, step] = cut(pointer);
  const parent = container(root, above);
  const index = indexIn(parent, step);
  const style = styleOf(text);
  if (index >= 0) {
    const node = find(root, pointer)!;
    return splice(text, node.from, node.to, indented(source, blanksBefore(text, node.from)));
  }
  const fitted = isOverLines(text, parent) ? indented(source, innerIndent(text, parent, style)) : inOneLine(source, style);
  if (parent.kind === "array") return insertAt(text, parent, parent.items.length, fitted);
  return insertAt(text, parent, placeAfter(parent, after), `${JSON.stringify(step)}${style.colon}${fitted}`);
}

/** For a container that is written in one line; comments and placeholders need theirs. */
function inOneLine(source: string, style: Style): string {
  return source.includes("\n") && !isLoose(source) ? print(valueOf(source, parse(source)), style, null) : source;
}

function indented(written: string, indent: string): string {
  return indent ? written.replaceAll("\n", `\n${indent}`) : written;
}

