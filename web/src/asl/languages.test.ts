import { describe, expect, test, vi } from "vitest";
import { isPlain, toJsonata, writtenInJsonata } from "./languages";

const asked = vi.hoisted(() => [] as [string, unknown][]);
const answers = vi.hoisted(() => [] as unknown[]);
vi.mock("../aws/client", () => ({
  ask: (question: string, body: unknown) => {
    asked.push([question, body]);
    return Promise.resolve(answers.shift());
  },
}));

const TEXT = `{
  "StartAt": "Each",
  "States": {
    "Each": {
      "Type": "Map",
      "ItemsPath": "$.items",
      "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "InputPath": "$.a", "End": true}}},
      "End": true
    }
  }
}`;
const MADE = {
  StartAt: "Each",
  States: {
    Each: { Type: "Map", QueryLanguage: "JSONata", Items: "{% $states.input.items %}", ItemProcessor: { StartAt: "One", States: { One: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% $states.input.a %}", End: true } } }, End: true },
  },
};

describe("a conversion", () => {
  test("of one state leaves the flow inside alone", async () => {
    answers.push({ definition: JSON.stringify(MADE), states: 2, kept: [], issues: [], notes: [] });
    const made = await toJsonata(TEXT, "/States/Each", new AbortController().signal);
    expect(made.text).toBe(TEXT.replace('"ItemsPath": "$.items"', '"QueryLanguage": "JSONata",\n      "Items": "{% $states.input.items %}"'));
  });
  test("of one state that cannot be converted is none, whatever the others are", async () => {
    const issues = [{ pointer: "/States/Each/ItemsPath", message: "no" }, { pointer: "/States/Each/ItemProcessor/States/One/InputPath", message: "nor this" }];
    answers.push({ definition: JSON.stringify(MADE), states: 0, kept: ["Each", "One"], issues, notes: [] });
    const made = await toJsonata(TEXT, "/States/Each", new AbortController().signal);
    expect(made).toMatchObject({ text: null, issues: [issues[0]] });
  });
  test("of the machine takes what can be taken", async () => {
    answers.push({ definition: null, states: 1, kept: [], issues: [{ pointer: "/States/Each/ItemsPath", message: "no" }], notes: [] });
    answers.push({ definition: JSON.stringify({ ...MADE, States: { Each: { ...MADE.States.Each, QueryLanguage: undefined, Items: undefined, ItemsPath: "$.items" } } }), states: 1, kept: ["Each"], issues: [], notes: [] });
    const made = await toJsonata(TEXT, "", new AbortController().signal);
    expect(made.text).toContain('"ItemsPath": "$.items"');
    expect(made.text).toContain('{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}", "End": true}');
    expect(asked.at(-1)).toEqual(["convert", { definition: TEXT, partial: true }]);
  });
  test("of nothing but the name of the language needs no look", () => {
    const text = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}';
    expect(isPlain(text, "", '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}')).toBe(true);
    expect(isPlain(text, "", text)).toBe(false);
  });
});

test("what is written in JSONata, field by field", () => {
  const text = JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "A",
    States: {
      A: { Type: "Choice", Choices: [{ Condition: "{% true %}", Next: "B", Assign: { x: "{% 1 %}" } }], Default: "B" },
      B: { Type: "Map", Items: [1], MaxConcurrency: "{% $x %}", ItemReader: { Resource: "r", Arguments: {} }, Catch: [{ ErrorEquals: ["e"], Output: {}, Next: "A" }], ItemProcessor: { StartAt: "C", States: { C: { Type: "Wait", Seconds: "{% 3 %}", End: true } } } },
    },
  });
  const found = (pointer: string) => writtenInJsonata(text, pointer).map(({ state, field }) => `${state} ${field}`);
  expect(found("")).toEqual(["A Choices/0/Condition", "A Choices/0/Assign", "B Items", "B MaxConcurrency", "B ItemReader/Arguments", "B Catch/0/Output", "C Seconds"]);
  expect(found("/States/A")).toEqual(["A Choices/0/Condition", "A Choices/0/Assign"]);
  expect(writtenInJsonata('{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}', "")).toEqual([]);
});
