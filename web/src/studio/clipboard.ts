// A state on the clipboard, as the member of States that it is: to another place, another machine, or an editor.

import { useEffect, useRef } from "react";
import { placeOfState } from "../asl/edits";
import { raw } from "../asl/patch";
import { Broken, parse, valueOf } from "../asl/tree";

/** `"Name": {...}` in braces, as it is written. */
export function copied(text: string, pointer: string): string {
  return `{${JSON.stringify(placeOfState(pointer).name)}: ${raw(text, pointer)}}`;
}

/** The one state in a pasted text, null when it is anything else. */
export function pasted(text: string): { name: string; source: string } | null {
  try {
    const { members } = parse(text);
    const [only] = members;
    if (members.length !== 1 || only?.value.kind !== "object" || !only.value.members.some(({ key }) => key === "Type")) return null;
    const type = valueOf(text, only.value.members.find(({ key }) => key === "Type")!.value);
    return typeof type === "string" ? { name: only.key, source: text.slice(only.value.from, only.value.to) } : null;
  } catch (problem) {
    if (!(problem instanceof Broken)) throw problem;
    return null;
  }
}

interface Hands {
  /** The text of the chosen state, or null. */
  copy: () => string | null;
  cut: () => void;
  paste: (state: { name: string; source: string }) => void;
}

/** Ctrl C, X and V where nothing is being written. */
export function useClipboard(hands: Hands): void {
  const latest = useRef(hands);
  latest.current = hands;
  useEffect(() => {
    const elsewhere = (event: Event) => event.target instanceof Element && event.target.closest("input, textarea, select, .cm-editor, dialog, .json-card") !== null;
    const take = (event: ClipboardEvent) => {
      if (elsewhere(event) || !getSelection()?.isCollapsed) return;
      const text = latest.current.copy();
      if (text === null) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", text);
      if (event.type === "cut") latest.current.cut();
    };
    const put = (event: ClipboardEvent) => {
      const state = elsewhere(event) ? null : pasted(event.clipboardData?.getData("text/plain") ?? "");
      if (!state) return;
      event.preventDefault();
      latest.current.paste(state);
    };
    document.addEventListener("copy", take);
    document.addEventListener("cut", take);
    document.addEventListener("paste", put);
    return () => {
      document.removeEventListener("copy", take);
      document.removeEventListener("cut", take);
      document.removeEventListener("paste", put);
    };
  }, []);
}
