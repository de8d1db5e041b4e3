// A definition that a program has made anew, written as somebody wrote the old one: what means the same keeps its very
// text, comments of members that stay are kept, what is new is laid out like its surroundings.

import { blanksBefore, styleOf, type Style } from "./patch";
import { parse, type Node } from "./tree";

/** `made` (a definition, perhaps with placeholders) in the words of `text`. */
export function rewritten(text: string, made: string): string {
  const [old, now] = [parse(text), parse(made)];
  const style = styleOf(text);
  const printed = merged({ text, made, style }, old, now, style.unit ? blanksBefore(text, old.from) : null);
  return text.slice(0, old.from) + printed + text.slice(old.to);
}

interface Work {
  text: string;
  made: string;
  style: Style;
}

function merged(work: Work, old: Node, now: Node, indent: string | null): string {
  const { text, made } = work;
  if (meaning(text, old) === meaning(made, now)) return text.slice(old.from, old.to);
  if (old.kind === "object" && now.kind === "object" && now.members.length) return object(work, old, now, indent);
  if (old.kind === "array" && now.kind === "array" && old.items.length === now.items.length) {
    let [out, at] = ["", old.from];
    old.items.forEach((item, index) => {
      out += text.slice(at, item.from) + merged(work, item, now.items[index]!, lineIndent(text, item, indent));
      at = item.to;
    });
    return out + text.slice(at, old.to);
  }
  return printed(work, now, indent);
}

/** Members in the new order; those that were there bring along what stands before them. */
function object(work: Work, old: Node, now: Node, indent: string | null): string {
  const { text, style } = work;
  const first = old.members[0];
  const many = style.unit !== "" && indent !== null && (!first || text.slice(old.from, first.from).includes("\n"));
  const inner = many ? (first ? blanksBefore(text, first.from) : indent + style.unit) : null;
  const before = many ? style.newline + inner : "";
  const parts = now.members.map(({ key, value }, index) => {
    const at = old.members.findIndex((member) => member.key === key);
    if (at < 0) return (index && !many ? style.space : before) + `${JSON.stringify(key)}${style.colon}${printed(work, value, inner)}`;
    const member = old.members[at]!;
    const lead = text.slice(at ? old.members[at - 1]!.value.to : old.from + 1, member.from);
    const head = lead.replace(at ? /,/ : "", "");
    const kept = /\S/.test(head) ? head : index && !many ? style.space : index || many ? before : head;
    return kept + text.slice(member.from, member.value.from) + merged(work, member.value, value, inner ?? indent);
  });
  const tail = text.slice(old.members.at(-1)?.value.to ?? old.from + 1, old.to - 1);
  return `{${parts.join(",")}${many && !tail.includes("\n") ? style.newline + indent : tail}}`;
}

function lineIndent(text: string, node: Node, indent: string | null): string | null {
  return indent === null ? null : blanksBefore(text, node.from);
}

/** A part of what was made, in the style of the text. */
function printed(work: Work, node: Node, indent: string | null): string {
  const { made, style } = work;
  const object = node.kind === "object";
  if (!object && node.kind !== "array") return made.slice(node.from, node.to);
  const many = indent !== null && style.unit !== "";
  const inner = many ? indent + style.unit : null;
  const parts = object ? node.members.map(({ key, value }) => `${JSON.stringify(key)}${style.colon}${printed(work, value, inner)}`) : node.items.map((item) => printed(work, item, inner));
  const [open, close] = object ? "{}" : "[]";
  if (!parts.length) return `${open}${close}`;
  return many ? `${open}${style.newline}${inner}${parts.join(`,${style.newline}${inner}`)}${style.newline}${indent}${close}` : `${open}${parts.join(`,${style.space}`)}${close}`;
}

/** The same for what differs in blanks, comments and escapes only. Memory, not time: subtrees are read once per level. */
function meaning(text: string, node: Node): string {
  switch (node.kind) {
    case "object":
      return `{${node.members.map(({ key, value }) => `${JSON.stringify(key)}:${meaning(text, value)}`).join(",")}}`;
    case "array":
      return `[${node.items.map((item) => meaning(text, item)).join(",")}]`;
    case "string":
      return normal(text.slice(node.from, node.to));
    default:
      return text.slice(node.from, node.to);
  }
}

function normal(literal: string): string {
  try {
    return JSON.stringify(JSON.parse(literal));
  } catch {
    return literal;
  }
}
