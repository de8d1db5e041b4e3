// What somebody writes and has not saved yet, per machine: kept while the page lives, whatever page is shown. Undo is a
// stack of texts.

import { useEffect, useSyncExternalStore } from "react";
import { store, type Store } from "../lib/store";

export interface Draft {
  /** What the server has. */
  saved: string;
  text: string;
  past: readonly string[];
  future: readonly string[];
  /** Which field was typed into last, and when (ms): one burst of typing is undone at once. */
  burst: { key: string; at: number } | null;
  /** The server got another text while this one was written. */
  moved: boolean;
}

const MOST = 300;
const PAUSE = 1500;

export function newDraft(saved: string): Draft {
  return { saved, text: saved, past: [], future: [], burst: null, moved: false };
}

export function isDirty({ saved, text }: Draft): boolean {
  return saved !== text;
}

/** Change the text. Changes with the same `key` within a moment are one step to undo. */
export function write(draft: Draft, text: string, key: string | null, now: number): Draft {
  if (text === draft.text) return draft;
  const goesOn = key !== null && draft.burst?.key === key && now - draft.burst.at < PAUSE && draft.past.length > 0;
  const past = goesOn ? draft.past : [...draft.past, draft.text].slice(-MOST);
  return { ...draft, text, past, future: [], burst: key === null ? null : { key, at: now } };
}

export function undo(draft: Draft): Draft {
  const text = draft.past.at(-1);
  return text === undefined ? draft : { ...draft, text, past: draft.past.slice(0, -1), future: [...draft.future, draft.text], burst: null };
}

export function redo(draft: Draft): Draft {
  const text = draft.future.at(-1);
  return text === undefined ? draft : { ...draft, text, past: [...draft.past, draft.text], future: draft.future.slice(0, -1), burst: null };
}

/** The server has a new text: an untouched draft follows, a touched one keeps what was written. */
export function follow(draft: Draft, saved: string): Draft {
  if (saved === draft.saved) return draft;
  return isDirty(draft) && draft.text !== saved ? { ...draft, saved, moved: true } : newDraft(saved);
}

const drafts = new Map<string, Store<Draft>>();

export interface Desk {
  draft: Draft;
  dirty: boolean;
  write: (text: string, key?: string | null) => void;
  undo: () => void;
  redo: () => void;
  discard: () => void;
}

/** The draft of a machine whose saved definition is `saved`. */
export function useDraft(arn: string, saved: string): Desk {
  let mine = drafts.get(arn);
  if (!mine) drafts.set(arn, (mine = store(newDraft(saved))));
  const here = mine;
  const draft = useSyncExternalStore(here.subscribe, here.get);
  useEffect(() => here.set(follow(here.get(), saved)), [here, saved]);
  return {
    draft,
    dirty: isDirty(draft),
    write: (text, key = null) => here.set(write(here.get(), text, key, Date.now())),
    undo: () => here.set(undo(here.get())),
    redo: () => here.set(redo(here.get())),
    discard: () => here.set(write(here.get(), here.get().saved, null, Date.now())),
  };
}

if (typeof window !== "undefined") {
  addEventListener("beforeunload", (event) => {
    if ([...drafts.values()].some((each) => isDirty(each.get()))) event.preventDefault();
  });
}
