// What is wrong with a definition, from three who look at it: the reader of the text, the server's validator
// (ValidateStateMachineDefinition, AWS's words) and its linter. Placeholders of Terraform are values nobody knows yet,
// so what is said of them is left out.

import { ask, Failure, states } from "../aws/client";
import type { MachineKind } from "../aws/types";
import { Broken, escape, filled, find, isOpaque, type Node, parse } from "./tree";

export interface Problem {
  severity: "error" | "warning" | "info";
  /** Who says it: "JSON", a code of AWS's, a rule of the linter. */
  code: string;
  message: string;
  /** JSON pointer, null for the text as a whole. */
  pointer: string | null;
  from: number;
  to: number;
  line: number;
  /** How it can be put right. */
  fix?: Fix;
}

/** Edits are made all at once, with offsets of the text before. */
export interface Fix {
  title: string;
  safe: boolean;
  edits: { start: number; end: number; text: string }[];
}

export function applyFix(text: string, { edits }: Fix): string {
  return [...edits].sort((one, other) => other.start - one.start).reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);
}

interface Diagnostic {
  severity: "ERROR" | "WARNING";
  code: string;
  message: string;
  location?: string;
}

/** One of POST lint. Offsets are those of the text, in UTF-16 units. */
interface Finding {
  rule: string;
  severity: Problem["severity"];
  message: string;
  pointer: string | null;
  start: number;
  end: number;
  fix?: Fix;
}

export async function examine(text: string, kind: MachineKind, signal: AbortSignal): Promise<Problem[]> {
  let root: Node;
  try {
    root = parse(text);
  } catch (problem) {
    if (!(problem instanceof Broken)) throw problem;
    return [{ severity: "error", code: "JSON", message: problem.message, pointer: null, ...place(text, problem.at, Math.min(problem.at + 1, text.length)) }];
  }
  const known = filled(text);
  const [said, linted] = await Promise.all([
    states<{ diagnostics: Diagnostic[] }>("ValidateStateMachineDefinition", { definition: known, type: kind, severity: "WARNING", maxResults: 100 }, signal),
    lint(text, kind, signal),
  ]);
  const found: Problem[] = [];
  const open = firstHole(text, root, "");
  if (open !== null) found.push({ severity: "info", code: "Template", message: "A placeholder that nobody has filled in yet: what it stands for is not checked, and the server takes the definition once it is filled in.", pointer: open, ...around(text, root, open) });
  for (const { severity, code, message, location } of said.diagnostics) {
    const pointer = location ? locate(root, location) : null;
    if (pointer !== null && isHole(text, root, pointer)) continue;
    found.push({ severity: severity === "ERROR" ? "error" : "warning", code, message, pointer, ...around(text, root, pointer) });
  }
  for (const { rule, severity, message, pointer, start, end, fix } of linted) {
    found.push({ severity, code: rule, message, pointer, ...place(text, start, end), ...(fix && { fix }) });
  }
  const seen = new Set<string>();
  return found.filter(({ pointer, message }) => !seen.has(`${pointer} ${message}`) && seen.add(`${pointer} ${message}`)).sort((one, other) => one.from - other.from);
}

async function lint(definition: string, type: MachineKind, signal: AbortSignal): Promise<Finding[]> {
  try {
    return (await ask<{ findings: Finding[] }>("lint", { definition, type }, signal)).findings;
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

function firstHole(text: string, node: Node, pointer: string): string | null {
  if (isOpaque(text, node)) return pointer;
  const inner = [...node.members.map(({ key, value }): [string, Node] => [escape(key), value]), ...node.items.map((item, index): [string, Node] => [String(index), item])];
  for (const [step, value] of inner) {
    const found = firstHole(text, value, `${pointer}/${step}`);
    if (found !== null) return found;
  }
  return null;
}

function isHole(text: string, root: Node, pointer: string): boolean {
  const node = find(root, pointer);
  return node !== null && isOpaque(text, node);
}

/** Where a pointer leads, or the nearest place above it that is there. */
function spotOf(root: Node, pointer: string): { from: number; to: number } | null {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const node = find(root, at);
    if (node) {
      const above = at && find(root, at.slice(0, at.lastIndexOf("/")));
      const member = above ? above.members.find(({ value }) => value === node) : undefined;
      return { from: member?.from ?? node.from, to: node.to };
    }
    if (!at) return null;
  }
}

function around(text: string, root: Node, pointer: string | null): { from: number; to: number; line: number } {
  const spot = pointer === null ? null : spotOf(root, pointer);
  return place(text, spot?.from ?? 0, spot?.to ?? 0);
}

function place(text: string, from: number, to: number): { from: number; to: number; line: number } {
  return { from, to: Math.max(from, to), line: text.slice(0, from).split("\n").length };
}

/** AWS's notation, `/States/Fan/Branches[0]/States/A/b`, as a JSON pointer: names may hold slashes and brackets. */
export function locate(root: Node, location: string): string {
  let node: Node = root;
  let rest = location.replace(/^\//, "");
  let pointer = "";
  while (rest) {
    const index = /^\[(\d+)\]\/?/.exec(rest);
    if (index && node.kind === "array") {
      const inner: Node | undefined = node.items[Number(index[1])];
      pointer += `/${index[1]}`;
      rest = rest.slice(index[0].length);
      if (!inner) break;
      node = inner;
      continue;
    }
    const fits = node.members.filter(({ key }) => rest === key || rest.startsWith(`${key}/`) || rest.startsWith(`${key}[`)).sort((one, other) => other.key.length - one.key.length)[0];
    if (!fits) {
      const step = rest.split("/")[0]!.replace(/\[\d+\]$/, "");
      return node.kind === "object" ? `${pointer}/${escape(step)}` : pointer;
    }
    pointer += `/${escape(fits.key)}`;
    node = fits.value;
    rest = rest.slice(fits.key.length).replace(/^\//, "");
  }
  return pointer;
}
