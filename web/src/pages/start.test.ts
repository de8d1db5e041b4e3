import { describe, expect, it } from "vitest";
import { fieldsOfExample, skeleton, withKinds, type InputField } from "../asl/inputs";
import { getIn, setIn } from "../lib/json";
import { read } from "./InputForm";

const field = (way: string, more: Partial<InputField> = {}): InputField => ({ way: way.split("."), kind: "any", optional: false, values: [], ...more });

describe("a part of an input", () => {
  it("is set where it belongs, and objects on the way come and go with it", () => {
    expect(setIn({}, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
    expect(setIn({ a: { b: 1 }, c: 2 }, ["a", "b"], undefined)).toEqual({ c: 2 });
    expect(setIn({ a: { b: 1, d: 3 } }, ["a", "b"], undefined)).toEqual({ a: { d: 3 } });
    expect(Object.keys(setIn({ z: 1, a: 2 }, ["z"], 3) as object)).toEqual(["z", "a"]);
    expect(setIn({ a: "text" }, ["a", "b"], 1)).toEqual({ a: { b: 1 } });
    expect(getIn({ a: { b: null } }, ["a", "b"])).toBeNull();
    expect(getIn({ a: {} }, ["a", "toString"])).toBeUndefined();
  });
});

describe("what is typed into a field", () => {
  it.each([
    ["5", "string", "5"],
    ["5", "number", 5],
    ["true", "any", true],
    ['"5"', "any", "5"],
    ["hello, world", "any", "hello, world"],
    ["[1, 2]", "array", [1, 2]],
    ["null", "object", null],
  ] as const)("%s as %s", (text, kind, value) => expect(read(text, kind)).toEqual({ value }));

  it("is refused where it is nothing of the kind", () => {
    expect(read("five", "number").problem).toBe("This is no number");
    expect(read("{}", "array").problem).toBe("This is no list");
    expect(read("[1", "array").problem).toBe("The text ends too early, line 1, column 3");
  });
});

describe("fields that the definition leaves open", () => {
  it("are those of an earlier input", () => {
    expect(fieldsOfExample({ order: { id: 7, tags: [] }, vip: true }).map(({ way, kind }) => [way.join("."), kind])).toEqual([["order.id", "number"], ["order.tags", "array"], ["vip", "boolean"]]);
    expect(withKinds([field("order.id"), field("plan", { kind: "string" })], { order: { id: 7 }, plan: 3 }).map(({ kind }) => kind)).toEqual(["number", "string"]);
  });

  it("are inserted as a skeleton", () => {
    expect(skeleton([field("a.b", { kind: "number" }), field("plan", { values: ["free"] }), field("n", { preset: 3 }), field("x")])).toEqual({ a: { b: 0 }, plan: "free", n: 3, x: "" });
  });
});
