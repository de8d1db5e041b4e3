// Where the user is: everything in the hash, so that the console works below any path and any link can be shared.

import { useSyncExternalStore } from "react";

export interface Route {
  /** Decoded segments: `#/machines/arn:aws:...` -> ["machines", "arn:aws:..."]. */
  path: string[];
  query: URLSearchParams;
}

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

type Query = Record<string, string | number | null | undefined>;

/** The hash of a place. Colons stay readable, because ARNs are full of them. */
export function href(path: readonly string[], query: Query = {}): string {
  const segments = path.map((segment) => encodeURIComponent(segment).replaceAll("%3A", ":"));
  const found = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(found.map(([name, value]) => [name, String(value)])).toString();
  return `#/${segments.join("/")}${text && `?${text.replaceAll("%3A", ":").replaceAll("%2F", "/")}`}`;
}

export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}

/** Change some of the query and stay on the page; null removes a name. */
export function setQuery(changes: Query, replace = true): void {
  const { path, query } = parse(location.hash);
  go(href(path, { ...Object.fromEntries(query), ...changes }), replace);
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

let known = { hash: "", route: parse("") };

function current(): Route {
  if (known.hash !== location.hash) known = { hash: location.hash, route: parse(location.hash) };
  return known.route;
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, current);
}
