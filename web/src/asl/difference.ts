// How two definitions differ: by state, and line by line.

import { readDefinition } from "./definition";

export interface Changes {
  added: string[];
  removed: string[];
  changed: string[];
}

/** Pointers of the states that one definition has and the other lacks, or that differ in what is their own. */
export function compareStates(before: string, after: string): Changes {
  const [old, now] = [own(before), own(after)];
  return {
    added: [...now.keys()].filter((pointer) => !old.has(pointer)),
    removed: [...old.keys()].filter((pointer) => !now.has(pointer)),
    changed: [...now].filter(([pointer, body]) => old.has(pointer) && old.get(pointer) !== body).map(([pointer]) => pointer),
  };
}

/** Each state without the states inside it, as text. */
function own(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pointer, body } of readDefinition(text)?.states.values() ?? []) {
    found.set(pointer, JSON.stringify(body, (key, value: unknown) => (key === "States" ? undefined : value)));
  }
  return found;
}

export interface Line {
  kind: "same" | "added" | "removed";
  text: string;
  /** Line numbers from 1, of the old and the new text. */
  old?: number;
  now?: number;
}

/** More lines than this times each other are compared as blocks only. */
const MOST = 4_000_000;

/** The lines of both, by a longest common subsequence of what lies between common beginning and end. */
export function compareLines(before: string, after: string): Line[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const [a, b] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const lines: Line[] = old.slice(0, head).map((text, index) => ({ kind: "same", text, old: index + 1, now: index + 1 }));
  const longest = a.length * b.length <= MOST ? table(a, b) : null;
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (longest && i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i]!, old: head + i + 1, now: head + j + 1 });
      i += 1;
      j += 1;
    } else if (i < a.length && (j >= b.length || !longest || longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      lines.push({ kind: "removed", text: a[i]!, old: head + i + 1 });
      i += 1;
    } else {
      lines.push({ kind: "added", text: b[j]!, now: head + j + 1 });
      j += 1;
    }
  }
  for (let back = tail; back > 0; back -= 1) lines.push({ kind: "same", text: old.at(-back)!, old: old.length - back + 1, now: now.length - back + 1 });
  return lines;
}

function table(a: string[], b: string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      rows[i]![j] = a[i] === b[j] ? rows[i + 1]![j + 1]! + 1 : Math.max(rows[i + 1]![j]!, rows[i]![j + 1]!);
    }
  }
  return rows;
}
