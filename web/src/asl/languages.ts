// From one query language to the other: what the server's converter makes of a definition, and what would have to be
// rewritten by hand.

import { ask } from "../aws/client";
import { readDefinition } from "./definition";
import { placeOfState, setQueryLanguage } from "./edits";
import { raw, setRaw } from "./patch";
import { rewritten } from "./rewrite";
import { escape, parse, valueOf, type Node } from "./tree";

export interface Issue {
  /** JSON pointer of the field. */
  pointer: string;
  message: string;
}

interface Answer {
  definition: string | null;
  states: number;
  /** Names of states that stay in JSONPath. */
  kept: string[];
  issues: Issue[];
  notes: Issue[];
}

export interface Conversion extends Answer {
  /** The whole text afterwards; null where nothing can be converted. */
  text: string | null;
}

/** JSONPath to JSONata: the machine (pointer "") as far as can be, or one state. Throws Failure. */
export async function toJsonata(text: string, pointer: string, signal: AbortSignal): Promise<Conversion> {
  const whole = pointer === "" ? await ask<Answer>("convert", { definition: text }, signal) : null;
  if (whole?.definition) return { ...whole, text: rewritten(text, whole.definition) };
  const partial = await ask<Answer>("convert", { definition: text, partial: true }, signal);
  if (pointer === "") return { ...partial, text: partial.states && partial.definition ? rewritten(text, partial.definition) : null };
  const [issues, notes] = [partial.issues, partial.notes].map((list) => list.filter((each) => ownerOf(each.pointer) === pointer)) as [Issue[], Issue[]];
  const made = issues.length ? undefined : partial.definition === null ? undefined : raw(partial.definition, pointer);
  return { ...partial, issues, notes, kept: [], states: made === undefined ? 0 : 1, text: made === undefined ? null : rewritten(text, setRaw(text, pointer, withOwnFlows(made, raw(text, pointer)!))) };
}

/** A state as it was made, around the flows as they are: those inside have languages of their own. */
function withOwnFlows(made: string, old: string): string {
  const branches = parse(old).members.find(({ key }) => key === "Branches")?.value.items.length ?? 0;
  const paths = ["/ItemProcessor", "/Iterator", ...Array.from({ length: branches }, (_, index) => `/Branches/${index}`)];
  return paths.reduce((text, path) => {
    const flow = raw(old, path);
    return flow === undefined ? text : setRaw(text, path, flow);
  }, made);
}

const OWNER = /^((?:\/States\/[^/]+|\/(?:Branches\/\d+|ItemProcessor|Iterator)(?=\/States))+)/;

function ownerOf(pointer: string): string | null {
  return OWNER.exec(pointer)?.[1] ?? null;
}

/** Whether a conversion only says the name of the language: nothing was written in the old one. */
export function isPlain(text: string, pointer: string, converted: string): boolean {
  return setQueryLanguage(text, pointer, "JSONata") === converted;
}

const JSONATA_ONLY = new Set(["Arguments", "Output", "Items", "Condition"]);

export interface Foreign {
  state: string;
  /** Of the state. */
  pointer: string;
  /** Inside the state: "Choices/0/Condition". */
  field: string;
  shown: string;
}

/** The fields that only JSONata has, or that hold its expressions: of the machine ("") or of one state. */
export function writtenInJsonata(text: string, pointer: string): Foreign[] {
  const root = parse(text);
  const found: Foreign[] = [];
  for (const each of readDefinition(text)?.states.values() ?? []) {
    if (pointer !== "" && each.pointer !== pointer) continue;
    const node = nodeAt(root, each.pointer);
    if (node) fields(text, node, "", (field, shown) => found.push({ state: placeOfState(each.pointer).name, pointer: each.pointer, field, shown }));
  }
  return found;
}

function nodeAt(root: Node, pointer: string): Node | undefined {
  return pointer.split("/").slice(1).reduce<Node | undefined>((node, step) => (node?.kind === "array" ? node.items[Number(step)] : node?.members.find(({ key }) => escape(key) === step)?.value), root);
}

function fields(text: string, node: Node, at: string, tell: (field: string, shown: string) => void): void {
  for (const { key, value } of node.members) {
    if (key === "States") continue;
    const field = at ? `${at}/${key}` : key;
    if (JSONATA_ONLY.has(key) || hasExpression(text, value)) {
      if (value.kind === "object" && !JSONATA_ONLY.has(key) && key !== "Assign") fields(text, value, field, tell);
      else if (value.kind === "array" && (key === "Choices" || key === "Catch" || key === "Branches")) value.items.forEach((item, index) => fields(text, item, `${field}/${index}`, tell));
      else tell(field, text.slice(value.from, value.to));
    }
  }
}

function hasExpression(text: string, node: Node): boolean {
  if (node.kind === "string") return /^\{%[\s\S]*%\}$/.test(String(valueOf(text, node)));
  return node.members.some(({ key, value }) => JSONATA_ONLY.has(key) || hasExpression(text, value)) || node.items.some((item) => hasExpression(text, item));
}
