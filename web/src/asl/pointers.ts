// JSON pointers <-> places in the text, so that graph and code can point at each other.

import { escape } from "./definition";

export interface Span {
  from: number;
  to: number;
}

/** Where each value stands; object members include their name. Stops quietly where the text is no JSON any more. */
export function spans(text: string): Map<string, Span> {
  const found = new Map<string, Span>();
  let at = 0;

  const blank = (): void => {
    while (at < text.length && " \t\r\n".includes(text[at]!)) at += 1;
  };
  const quoted = (): string => {
    const start = at;
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  };
  const value = (pointer: string, from: number): void => {
    blank();
    const open = text[at];
    if (open === "{" || open === "[") {
      at += 1;
      members(pointer, open);
    } else if (open === '"') {
      quoted();
    } else {
      const start = at;
      while (at < text.length && !",]} \t\r\n".includes(text[at]!)) at += 1;
      if (at === start) throw new SyntaxError();
    }
    found.set(pointer, { from, to: at });
  };
  const members = (pointer: string, open: "{" | "["): void => {
    const close = open === "{" ? "}" : "]";
    blank();
    for (let index = 0; text[at] !== close; index += 1) {
      const from = at;
      let step = String(index);
      if (open === "{") {
        if (text[at] !== '"') throw new SyntaxError();
        step = escape(quoted());
        blank();
        if (text[at] !== ":") throw new SyntaxError();
        at += 1;
      }
      value(`${pointer}/${step}`, from);
      blank();
      if (text[at] === ",") {
        at += 1;
        blank();
        if (text[at] === close) throw new SyntaxError();
      } else if (text[at] !== close) throw new SyntaxError();
    }
    at += 1;
  };

  blank();
  try {
    value("", at);
  } catch {
    // What was found so far is still true.
  }
  return found;
}

const STATE = /^(?:\/States\/[^/]+|\/States\/[^/]+\/(?:Branches\/\d+|ItemProcessor|Iterator))*\/States\/[^/]+$/;

/** The pointer of the innermost state around an offset. */
export function stateAt(places: Map<string, Span>, offset: number): string | null {
  let best: string | null = null;
  let size = Infinity;
  for (const [pointer, { from, to }] of places) {
    if (from <= offset && offset <= to && to - from < size && STATE.test(pointer)) {
      best = pointer;
      size = to - from;
    }
  }
  return best;
}
