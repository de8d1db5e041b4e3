import { expect, test } from "vitest";
import { differences } from "./diff";

test("members and items that are new, gone or different, by their paths", () => {
  expect(differences({ a: 1, b: [1, 2], c: { d: "x" } }, { a: 1, b: [1, 3, 4], e: true })).toEqual([
    { path: "$.b[1]", kind: "changed", before: 2, after: 3 },
    { path: "$.b[2]", kind: "added", after: 4 },
    { path: "$.c", kind: "removed", before: { d: "x" } },
    { path: "$.e", kind: "added", after: true },
  ]);
});

test("another type is a change of the whole", () => expect(differences([1], { a: 1 })).toEqual([{ path: "$", kind: "changed", before: [1], after: { a: 1 } }]));
test("what is the same has none, and there is a bound", () => {
  expect(differences({ a: [] }, { a: [] })).toEqual([]);
  expect(differences([...Array(50).keys()], [], 10)).toHaveLength(10);
});
