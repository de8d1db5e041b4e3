import { describe, expect, test } from "vitest";
import { readDefinition } from "../asl/definition";
import { compareLines, compareStates } from "../asl/difference";
import { insertPattern, states } from "../asl/edits";
import { fieldsOf, TYPES } from "../asl/fields";
import { applyFix, locate } from "../asl/problems";
import { asTerraform, python, shell, startCli } from "../asl/snippets";
import { parse } from "../asl/tree";
import type { Drawing, Edge } from "../graph/drawing";
import { follow, isDirty, newDraft, redo, undo, write } from "./draft";
import { FLOW, PATTERNS } from "./goods";
import { stateOf } from "./looking";
import { kindOf, OPERATORS, operatorOf, withKind, withOperator } from "./Rules";
import { pointAt, slotsOf } from "./slots";

const ONE = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';

describe("a draft", () => {
  const begun = newDraft("one");
  test("is undone and redone step by step", () => {
    const two = write(write(begun, "two", null, 0), "three", null, 1);
    expect(undo(two).text).toBe("two");
    expect(undo(undo(two))).toMatchObject({ text: "one", past: [] });
    expect(redo(undo(two)).text).toBe("three");
    expect(redo(write(undo(two), "other", null, 2)).text).toBe("other");
  });
  test("undoes a burst of typing in one field at once, but not two fields", () => {
    const typed = write(write(begun, "t", "/a", 0), "ty", "/a", 300);
    expect(undo(typed).text).toBe("one");
    expect(undo(write(typed, "typ", "/b", 400)).text).toBe("ty");
    expect(undo(write(typed, "typ", "/a", 9000)).text).toBe("ty");
  });
  test("follows the server while untouched, and loses nothing when touched", () => {
    expect(follow(begun, "new")).toEqual(newDraft("new"));
    const touched = write(begun, "mine", null, 0);
    expect(follow(touched, "new")).toMatchObject({ text: "mine", saved: "new", moved: true });
    expect(isDirty(follow(touched, "mine"))).toBe(false);
  });
});

describe("rules", () => {
  test("there is every operator of the language", () => expect(OPERATORS).toHaveLength(39));
  test.each(OPERATORS.map(({ value }) => value))("a rule takes %s and keeps the rest in order", (operator) => {
    const rule = withOperator({ Variable: "$.a", StringEquals: "x", Next: "A" }, operator);
    expect(Object.keys(rule)).toEqual(["Variable", operator, "Next"]);
    expect(operatorOf(rule)).toBe(operator);
  });
  test("kinds change into each other without losing the comparison", () => {
    const rule = { Variable: "$.a", NumericLessThan: 3, Next: "A" };
    for (const kind of ["And", "Or", "Not"]) {
      const changed = withKind(rule, kind);
      expect(kindOf(changed)).toBe(kind);
      expect(changed.Next).toBe("A");
      expect(withKind(changed, "compare")).toEqual(rule);
    }
    expect(withKind({ And: [{ Variable: "$", IsNull: true }, { Variable: "$.b", IsNull: false }], Next: "A" }, "Or").Or).toHaveLength(2);
  });
});

describe("what can be added", () => {
  test.each([...FLOW, ...PATTERNS].flatMap((goods) => (["JSONPath", "JSONata"] as const).map((language) => [goods.id, language, goods] as const)))("%s in %s leads on and has no name twice", async (_, language, goods) => {
    for (const slot of ["/StartAt", "/States/A/End"]) {
      const { text, pointer } = await goods.put(ONE, slot, language);
      const found = states(text).map(({ name }) => name);
      expect(new Set(found).size).toBe(found.length);
      expect(readDefinition(text)!.states.has(pointer!)).toBe(true);
      const names = new Set(found);
      JSON.parse(text, (key, value: unknown) => {
        if (["Next", "Default", "StartAt"].includes(key)) expect(names).toContain(value);
        return value;
      });
    }
  });
  test("a pattern's open ends go on to where the slot led", () => {
    const { text } = insertPattern(ONE, "/StartAt", { StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "" } } });
    expect(JSON.parse(text)).toEqual({ StartAt: "A (1)", States: { "A (1)": { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" }, A: { Type: "Pass", End: true } } });
  });
  test.each(TYPES)("%s has a field once", (type) => {
    for (const language of ["JSONPath", "JSONata"] as const) {
      const fields = fieldsOf(type, language).map(({ name }) => name);
      expect(new Set(fields).size).toBe(fields.length);
      expect(fields.some((name) => name.endsWith("Path"))).toBe(language === "JSONPath");
    }
  });
});

test("two definitions differ by states, each on its own", () => {
  const before = '{"States":{"A":{"Type":"Pass"},"P":{"Type":"Parallel","Branches":[{"States":{"B":{"Type":"Pass"}}}]},"C":{"Type":"Pass"}}}';
  const after = '{"States":{"A":{"Type":"Pass"},"P":{"Type":"Parallel","Branches":[{"States":{"B":{"Type":"Wait"}}}]},"D":{"Type":"Pass"}}}';
  expect(compareStates(before, after)).toEqual({ added: ["/States/D"], removed: ["/States/C"], changed: ["/States/P/Branches/0/States/B"] });
});

test("texts differ by lines", () => {
  expect(compareLines("a\nb\nc\nd", "a\nx\nc\nd\ne").map(({ kind, text, old, now }) => [kind, text, old ?? null, now ?? null])).toEqual([
    ["same", "a", 1, 1], ["removed", "b", 2, null], ["added", "x", null, 2], ["same", "c", 3, 3], ["same", "d", 4, 4], ["added", "e", null, 5],
  ]);
});

test("AWS's places are pointers, whatever the names are", () => {
  const root = parse('{"States":{"A/b":{"Branches":[{"States":{"C[0]":{"Next":"x"}}}]}}}');
  expect(locate(root, "/States/A/b/Branches[0]/States/C[0]/Next")).toBe("/States/A~1b/Branches/0/States/C[0]/Next");
  expect(locate(root, "/States/A/b/Missing")).toBe("/States/A~1b/Missing");
  expect(locate(root, "/")).toBe("");
});

test("a fix makes all its edits at once", () => {
  expect(applyFix("abcdef", { title: "", safe: true, edits: [{ start: 0, end: 1, text: "XX" }, { start: 3, end: 5, text: "" }] })).toBe("XXbcf");
});

test("a pointer belongs to the innermost state", () => {
  expect(stateOf("/States/P/Branches/0/States/A/Retry/0")).toBe("/States/P/Branches/0/States/A");
  expect(stateOf("/States/P/Branches/0/StartAt")).toBe("/States/P");
  expect(stateOf("/StartAt")).toBeNull();
});

describe("lines for elsewhere", () => {
  test("survive quotes", () => {
    expect(shell("it's")).toBe(`'it'\\''s'`);
    expect(python('a\n"b"c')).toBe('"""\na\n"b"c\n"""');
    expect(python('a\\n\n')).toBe('"a\\\\n\\n"');
    expect(startCli({ arn: "arn:x", kind: "EXPRESS", input: '{"a":1}' }, "http://h")).toBe(`aws stepfunctions start-sync-execution --endpoint-url http://h --state-machine-arn arn:x --input '{"a":1}'`);
  });
  test("Terraform's own placeholders stay, others are escaped", () => {
    const machine = { name: "my machine", type: "STANDARD" as const, roleArn: "r" };
    expect(asTerraform({ ...machine, definition: '"${var.x}"' })).toContain('"${var.x}"');
    expect(asTerraform({ ...machine, definition: '"%{"' })).toContain('"%%{"');
    expect(asTerraform({ ...machine, definition: "1" })).toContain('"aws_sfn_state_machine" "my_machine"');
  });
});

describe("slots", () => {
  test("a share of a curve is a point on it", () => {
    expect(pointAt([[0, 0], [0, 10], [0, 20], [0, 30]], 0.5)).toEqual([0, 15]);
  });
  test("are on edges, and before and behind inner flows; nothing follows a Succeed", () => {
    const text = '{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}],"Next":"S"},"S":{"Type":"Succeed"}}}';
    const edge = (id: string, source: string, target: string, kind: Edge["kind"]): Edge => ({ id, source, target, kind, path: "", back: false, label: null, curve: [[0, 0], [0, 10], [0, 20], [0, 30]] });
    const box = { id: "/States/P/Branches/0/States/B", kind: "Pass", name: "B", lines: ["B"], subtitle: "", icon: "", x: 0, y: 100, width: 20, height: 10, parent: "/States/P", badges: [], comment: null, container: false, folded: false } as const;
    const drawing: Drawing = { width: 0, height: 0, boxes: [{ ...box, lines: ["B"], badges: [] }], edges: [edge("/StartAt", "/StartAt", "/States/P", "start"), edge("/States/P/Next", "/States/P", "/States/S", "next"), edge("/States/S/Type", "/States/S", "/End", "end")] };
    expect(slotsOf(drawing, readDefinition(text)!).map(({ id, where }) => [id, where])).toEqual([
      ["/StartAt", "at the start"],
      ["/States/P/Next", "after P, before S"],
      ["/States/P/Branches/0/StartAt", "before B, first in P"],
      ["/States/P/Branches/0/States/B/End", "after B, last in P"],
    ]);
  });
});
