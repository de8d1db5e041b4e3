// What differs between two JSON values, as a list that people can read.

import { jsonPath, type Json } from "../lib/json";

export interface Difference {
  path: string;
  kind: "added" | "removed" | "changed";
  before?: Json;
  after?: Json;
}

/** Differences in the order of the values; whole members that are new or gone are one difference. */
export function differences(before: Json, after: Json, most = 500): Difference[] {
  const found: Difference[] = [];
  const walk = (one: Json, other: Json, way: readonly (string | number)[]): void => {
    if (found.length >= most || one === other) return;
    const path = jsonPath(way);
    if (Array.isArray(one) && Array.isArray(other)) {
      for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
        if (index >= one.length) found.push({ path: jsonPath([...way, index]), kind: "added", after: other[index]! });
        else if (index >= other.length) found.push({ path: jsonPath([...way, index]), kind: "removed", before: one[index]! });
        else walk(one[index]!, other[index]!, [...way, index]);
      }
    } else if (isObject(one) && isObject(other)) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
        if (!(name in one)) found.push({ path: jsonPath([...way, name]), kind: "added", after: other[name]! });
        else if (!(name in other)) found.push({ path: jsonPath([...way, name]), kind: "removed", before: one[name]! });
        else walk(one[name]!, other[name]!, [...way, name]);
      }
    } else found.push({ path, kind: "changed", before: one, after: other });
  };
  walk(before, after, []);
  return found.slice(0, most);
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
