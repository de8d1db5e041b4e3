import { describe, expect, test } from "vitest";
import { addBranch, addState, deleteState, duplicateState, insertState, moveState, references, renameState, setNext, setQueryLanguage, states } from "./edits";
import { get, insertItem, raw, replaceMember, set, setRaw, swapItems } from "./patch";
import { Broken, filled, parse, plain, visit } from "./tree";

// Odd on purpose: four blanks, a comment, an unknown key, one state in a line, a placeholder.
const TEXT = `{
    "Comment": "Orders",   // shown in the list
    "StartAt": "A",
    "x-owner": {"team": "shop"},
    "States": {
        // first
        "A": {"Type": "Pass", "Next": "Ask"},
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": "\${fn["ask"]}", "Payload.$": "$" },
            "TimeoutSeconds": \${timeout},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "Next": "Which"
        },
        "Which": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Both"},
                {"Variable": "$.n", "IsPresent": false, "Next": "Sorry"}
            ],
            "Default": "Good"
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Wait", "Seconds": 1, "End": true}}},
                {
                    "StartAt": "Right",
                    "States": {
                        "Right": {"Type": "Pass", "Next": "More"},
                        "More": {"Type": "Pass", "End": true}
                    }
                }
            ],
            "Next": "Good"
        },
        "Good": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail", "Error": "No"} // the end
    }
}
`;
const SMALL = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
const PASS = { Type: "Pass" };

describe("a text as a tree", () => {
  test("comments and placeholders are let be", () => {
    expect(get(TEXT, "/States/Ask/TimeoutSeconds")).toBe("${timeout}");
    expect(get(TEXT, "/States/Ask/Parameters/FunctionName")).toBe('${fn["ask"]}');
    expect(JSON.parse(plain(TEXT)).States.Sorry.Error).toBe("No");
  });
  test("placeholders are filled with what is right there", () => {
    expect(JSON.parse(filled('{"Resource": "${a["b"]}", "TimeoutSeconds": ${t}, "Parameters": ${p}, "Name": "x-${y}" /* z */}'))).toEqual({ Resource: "arn:aws:lambda:us-east-1:000000000000:function:placeholder", TimeoutSeconds: 1, Parameters: {}, Name: "x-${y}" });
  });
  test.each([
    ["{", "a name in quotes is expected, not the end"],
    ['{"a" 1}', "a colon is expected, not “1”"],
    ['{"a": 1,}', "something must follow, not “}”"],
    ['{"a": tru}', "a value is expected, not “tru”"],
    ['{"a": "b', "does not end"],
    ["[1 2]", "a comma or ] is expected, not “2”"],
    ["{} x", "but there is “x”"],
  ])("%s says what is wrong", (text, message) => {
    expect(() => parse(text)).toThrow(Broken);
    expect(() => parse(text)).toThrow(message);
  });
});

describe("patches", () => {
  test("a value is changed where it stands", () => {
    expect(set(TEXT, "/States/Good/Type", "Pass")).toBe(TEXT.replace('"Good": {"Type": "Succeed"}', '"Good": {"Type": "Pass"}'));
  });
  test("a member is written as its neighbours are", () => {
    expect(set(TEXT, "/States/A/Comment", "hi", "Type")).toContain('"A": {"Type": "Pass", "Comment": "hi", "Next": "Ask"}');
    expect(set(TEXT, "/States/Which/Comment", "hi", "Type")).toContain('            "Type": "Choice",\n            "Comment": "hi",\n            "Choices"');
    expect(set(TEXT, "/Comment2", 1, "Comment")).toContain('"Comment": "Orders",   // shown in the list\n    "Comment2": 1,\n    "StartAt"');
    expect(set(TEXT, "/States/New", { Type: "Fail" })).toContain('"Error": "No"}, // the end\n        "New": {\n            "Type": "Fail"\n        }\n    }\n}');
    expect(set(SMALL, "/States/A/Result", { a: [1] }, "Type")).toBe('{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":[1]},"End":true}}}');
  });
  test("what is the same stays untouched", () => {
    expect(set(TEXT, "/States/Both/Branches", get(TEXT, "/States/Both/Branches")!)).toBe(TEXT);
  });
  test("objects are changed member by member", () => {
    const now = set(TEXT, "/x-owner", { team: "shop", on: true });
    expect(now).toContain('"x-owner": {"team": "shop", "on": true},');
    expect(set(now, "/x-owner", { team: "shop" })).toBe(TEXT);
  });
  test("what is new stands where it stands in the value", () => {
    expect(set('{"And":[],"Next":"A"}', "", { Variable: "$", IsNull: true, Next: "A" })).toBe('{"Variable":"$","IsNull":true,"Next":"A"}');
    expect(set('{"c":{"And":[],"Next":"A"}}', "/c", { Variable: "$", IsNull: true, Next: "A" })).toBe('{"c":{"Variable":"$","IsNull":true,"Next":"A"}}');
  });
  test("items", () => {
    const more = insertItem(TEXT, "/States/Which/Choices", 1, { Next: "A" });
    expect(set(more, "/States/Which/Choices/1", undefined)).toBe(TEXT);
    const swapped = swapItems(TEXT, "/States/Which/Choices", 0);
    expect(get(swapped, "/States/Which/Choices/0/IsPresent")).toBe(false);
    expect(swapItems(swapped, "/States/Which/Choices", 0)).toBe(TEXT);
  });
  test("raw text moves to the margin and back", () => {
    const text = raw(TEXT, "/States/Both/Branches/1")!;
    expect(text.split("\n")[1]).toBe('    "StartAt": "Right",');
    expect(setRaw(TEXT, "/States/Both/Branches/1", text)).toBe(TEXT);
  });
  test("Windows' line ends stay", () => {
    const text = TEXT.replaceAll("\n", "\r\n");
    const now = set(text, "/States/Which/Comment", "hi");
    expect(now.replaceAll("\r\n", "")).not.toContain("\n");
    expect(set(now, "/States/Which/Comment", undefined)).toBe(text);
  });
});

describe("an edit and its inverse", () => {
  const everything = [...allPointers(TEXT)];
  test.each(everything.filter((pointer) => typeof get(TEXT, pointer) === "object" && !Array.isArray(get(TEXT, pointer))))("a member added at %s and removed", (pointer) => {
    const keys = Object.keys(get(TEXT, pointer) as object);
    for (const after of [null, undefined, ...keys]) {
      for (const value of [1, "two", { three: [3, { four: null }] }, []]) {
        const there = set(TEXT, `${pointer}/~0new`, value, after);
        expect(get(there, `${pointer}/~0new`)).toEqual(value);
        expect(set(there, `${pointer}/~0new`, undefined)).toBe(TEXT);
      }
    }
  });
  test.each(everything.filter((pointer) => typeof get(TEXT, pointer) !== "object"))("a value changed at %s and back", (pointer) => {
    const old = get(TEXT, pointer)!;
    if (typeof old === "string" && old.includes("${")) return;
    expect(set(set(TEXT, pointer, "other"), pointer, old)).toBe(TEXT);
  });
  test.each(slots(TEXT))("a state inserted at %s and deleted", (slot) => {
    const { text, pointer } = insertState(TEXT, slot, "New", PASS);
    expect(states(text)).toHaveLength(states(TEXT).length + 1);
    expect(deleteState(text, pointer!).text).toBe(TEXT);
  });
  test.each(states(TEXT).map(({ pointer }) => pointer))("%s renamed and back", (pointer) => {
    const there = renameState(TEXT, pointer, "Quite / other");
    expect(there.text).not.toBe(TEXT);
    expect(renameState(there.text, there.pointer!, states(TEXT).find((state) => state.pointer === pointer)!.name).text).toBe(TEXT);
  });
  test("End replaced by Next and back", () => {
    const there = replaceMember(TEXT, "/States/Both/Branches/0/States/Left/End", "Next", "X");
    expect(replaceMember(there, "/States/Both/Branches/0/States/Left/Next", "End", true)).toBe(TEXT);
  });
  test("a query language set and removed", () => {
    expect(setQueryLanguage(setQueryLanguage(TEXT, "", "JSONata"), "", null)).toBe(TEXT);
  });
});

describe("states", () => {
  test("a new one stands behind the one before, and goes on to where that went", () => {
    const { text, pointer } = insertState(TEXT, "/States/A/Next", "A", PASS);
    expect(pointer).toBe("/States/A (1)");
    expect(text).toContain('"A": {"Type": "Pass", "Next": "A (1)"},\n        "A (1)": {\n            "Type": "Pass",\n            "Next": "Ask"\n        },');
  });
  test("a Choice at an end gets a Succeed to lead to", () => {
    const { text } = insertState(SMALL, "/States/A/End", "Which", { Type: "Choice", Choices: [{ Condition: "{% true %}" }] });
    expect(JSON.parse(text).States).toEqual({ A: { Type: "Pass", Next: "Which" }, Which: { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "Done" }], Default: "Done" }, Done: { Type: "Succeed" } });
  });
  test("names inside a new container are free ones", () => {
    const { text } = insertState(SMALL, "/States/A/End", "Map", { Type: "Map", ItemProcessor: { StartAt: "A", States: { A: { Type: "Pass", End: true } } } });
    expect(states(text).map(({ name }) => name)).toEqual(["A", "Map", "A (1)"]);
    expect(get(text, "/States/Map/ItemProcessor/StartAt")).toBe("A (1)");
  });
  test("deleting re-joins", () => {
    const { text } = deleteState(TEXT, "/States/Ask");
    expect(get(text, "/States/A/Next")).toBe("Which");
    expect(text).toContain("// first\n");
  });
  test("deleting an end lets what led there end; rules and catchers that led there go", () => {
    const { text } = deleteState(TEXT, "/States/Sorry");
    expect(get(text, "/States/Ask/Catch")).toBeUndefined();
    expect(get(text, "/States/Which/Choices")).toHaveLength(1);
    expect(deleteState(SMALL, "/States/A").text).toBe('{"States":{}}');
    expect(addState('{"States":{}}', "", "A", PASS).text).toBe(SMALL);
  });
  test("a branch is never empty", () => {
    const { text, pointer } = deleteState(TEXT, "/States/Both/Branches/0/States/Left");
    expect(pointer).toBe("/States/Both/Branches/0/States/Pass");
    expect(get(text, "/States/Both/Branches/0/StartAt")).toBe("Pass");
  });
  test.each(states(TEXT).flatMap(({ pointer }) => slots(TEXT).map((slot) => [pointer, slot])))("%s moved to %s loses no state and leaves no dangling name", (pointer, slot) => {
    const { text } = moveState(TEXT, pointer, slot);
    expect(states(text).map(({ name }) => name).filter((name) => name !== "Pass").sort()).toEqual(states(TEXT).map(({ name }) => name).sort());
    expect(dangling(text)).toEqual([]);
  });
  test.each(states(TEXT).map(({ pointer }) => pointer))("%s duplicated", (pointer) => {
    const { text, pointer: copy } = duplicateState(TEXT, pointer);
    const found = states(text).map(({ name }) => name);
    expect(new Set(found).size).toBe(found.length);
    expect(get(text, `${copy}/Type`)).toBe(get(TEXT, `${pointer}/Type`));
    expect(dangling(text)).toEqual([]);
  });
  test("moving to where it is changes nothing", () => {
    expect(moveState(TEXT, "/States/Ask", "/States/A/Next").text).toBe(TEXT);
    expect(moveState(TEXT, "/States/Both", "/States/Both/Branches/0/States/Left/End").text).toBe(TEXT);
  });
  test("a branch more", () => {
    const { text, pointer } = addBranch(TEXT, "/States/Both");
    expect(get(text, `${pointer}/End`)).toBe(true);
    expect(set(text, "/States/Both/Branches/2", undefined)).toBe(TEXT);
  });
  test("a target changed", () => {
    expect(get(setNext(TEXT, "/States/A", null), "/States/A")).toEqual({ Type: "Pass", End: true });
    expect(setNext(setNext(TEXT, "/States/A", null), "/States/A", "Ask")).toBe(TEXT);
  });
});

function* allPointers(text: string): Generator<string> {
  const seen: string[] = [];
  visit(text, (pointer) => seen.push(pointer));
  yield* seen.reverse();
}

function slots(text: string): string[] {
  const scopes = ["", "/States/Both/Branches/0", "/States/Both/Branches/1"];
  const ends = states(text).filter(({ pointer }) => get(text, `${pointer}/End`)).map(({ pointer }) => `${pointer}/End`);
  return [...scopes.flatMap((scope) => references(text, scope).map(({ slot }) => slot)), ...ends];
}

/** Fields that name a state that is not there. */
function dangling(text: string): string[] {
  const scopes = ["", ...states(text).flatMap(({ pointer, body }) => [...(body.members.find(({ key }) => key === "Branches")?.value.items ?? []).keys()].map((index) => `${pointer}/Branches/${index}`))];
  return scopes.flatMap((scope) => references(text, scope).filter(({ target }) => get(text, `${scope}/States/${target.replaceAll("~", "~0").replaceAll("/", "~1")}`) === undefined).map(({ slot }) => slot));
}
