// A value that components can watch, and that may be remembered in the browser.

import { useSyncExternalStore } from "react";

export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function store<T>(value: T, changed?: (value: T) => void): Store<T> {
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      changed?.(value);
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(watched: Store<T>): T {
  return useSyncExternalStore(watched.subscribe, watched.get);
}

/** Remembered text; storage may be forbidden, then it lasts as long as the page. */
export const memory = {
  get(name: string): string | null {
    try {
      return localStorage.getItem(`treadle.${name}`);
    } catch {
      return null;
    }
  },
  set(name: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem(`treadle.${name}`);
      else localStorage.setItem(`treadle.${name}`, value);
    } catch {
      // Forbidden or full: nothing is lost but comfort.
    }
  },
};
