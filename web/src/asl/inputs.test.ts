import { describe, expect, it } from "vitest";
import { fieldsOfSchema, inputFields } from "./inputs";

const machine = (states: Record<string, unknown>, more = {}) => JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...more });
const names = (definition: string) => inputFields(definition).map(({ way }) => way.join("."));

describe("the input that a definition reads", () => {
  it("is what the first state refers to", () => {
    expect(names(machine({ A: { Type: "Task", Resource: "r", Parameters: { "id.$": "$.order.id", "text.$": "States.Format('{} $.no', $.customer['first name'])" }, End: true } }))).toEqual(["order.id", "customer.first name"]);
  });

  it("is also what later states read, as long as it gets to them", () => {
    const choice = { Type: "Choice", Choices: [{ Variable: "$.a", IsPresent: true, Next: "Keeps" }], Default: "Loses" };
    const keeps = { Type: "Task", Resource: "r", ResultPath: "$.found", Next: "Reads" };
    const reads = { Type: "Pass", Parameters: { "x.$": "$.b", "y.$": "$.found.c" }, End: true };
    const loses = { Type: "Task", Resource: "r", Next: "Other" };
    const other = { Type: "Pass", Parameters: { "x.$": "$.result" }, End: true };
    expect(names(machine({ Which: choice, Keeps: keeps, Reads: reads, Loses: loses, Other: other }))).toEqual(["a", "b"]);
  });

  it("may be looked at through InputPath, by a branch, or in the context object", () => {
    const inner = { StartAt: "I", States: { I: { Type: "Pass", Parameters: { "x.$": "$.deep" }, End: true } } };
    const late = { Type: "Pass", Parameters: { "id.$": "$$.Execution.Input.id" }, End: true };
    expect(names(machine({ P: { Type: "Parallel", InputPath: "$.order", Branches: [inner], Next: "L" }, L: late }))).toEqual(["order.deep"]);
    expect(names(machine({ L: late }))).toEqual(["id"]);
  });

  it("has kinds: from the rules of a Choice, from lists and waits", () => {
    const rules = [
      { And: [{ Variable: "$.total", NumericGreaterThan: 100 }, { Variable: "$.vip", BooleanEquals: true }], Next: "W" },
      { Variable: "$.plan", StringEquals: "free", Next: "W" },
      { Variable: "$.plan", StringEquals: "paid", Next: "W" },
    ];
    const found = inputFields(machine({ C: { Type: "Choice", Choices: rules }, W: { Type: "Wait", SecondsPath: "$.pause", Next: "M" }, M: { Type: "Map", ItemsPath: "$.items", ItemProcessor: {}, End: true } }));
    expect(found.map(({ way: [name], kind, values }) => [name, kind, values])).toEqual([
      ["total", "number", []],
      ["vip", "boolean", []],
      ["plan", "string", ["free", "paid"]],
      ["pause", "number", []],
      ["items", "array", []],
    ]);
  });

  it("is read in JSONata, too", () => {
    const greet = { Type: "Pass", Assign: { who: "{% $states.input.user.name %}" }, Next: "C" };
    const rules = { Type: "Choice", Choices: [{ Condition: "{% $exists($states.input.x) and $states.input.age >= 18 and $states.input.mode = 'fast' %}", Next: "M" }], Default: "M" };
    const map = { Type: "Map", Items: "{% $states.input.items %}", ItemProcessor: {}, End: true };
    const found = inputFields(machine({ A: greet, C: rules, M: map }, { QueryLanguage: "JSONata" }));
    expect(found.map(({ way, kind, optional, values }) => [way.join("."), kind, optional, values])).toEqual([
      ["user.name", "any", false, []],
      ["x", "any", true, []],
      ["age", "number", false, [18]],
      ["mode", "string", false, ["fast"]],
      ["items", "array", false, []],
    ]);
  });

  it("names parts, not what has them", () => {
    expect(names(machine({ A: { Type: "Pass", Parameters: { "all.$": "$.order", "id.$": "$.order.id" }, End: true } }))).toEqual(["order.id"]);
  });

  it("is unknown where the definition does not say, or is none", () => {
    expect(inputFields(machine({ A: { Type: "Task", Resource: "r", End: true } }))).toEqual([]);
    expect(inputFields("{ no")).toEqual([]);
    expect(inputFields("[]")).toEqual([]);
  });
});

describe("a JSON schema", () => {
  it("gives fields with what it says of them", () => {
    const schema = {
      type: "object",
      required: ["id"],
      properties: {
        id: { type: "integer", title: "Order", default: 7 },
        size: { enum: ["S", "M"], description: "of the shirt" },
        address: { $ref: "#/$defs/address" },
        tags: { type: ["array", "null"] },
      },
      $defs: { address: { type: "object", required: ["city"], properties: { city: { type: "string" } } } },
    };
    expect(fieldsOfSchema(schema)).toEqual([
      { way: ["id"], kind: "number", optional: false, values: [], title: "Order", preset: 7 },
      { way: ["size"], kind: "any", optional: true, values: ["S", "M"], note: "of the shirt" },
      { way: ["address", "city"], kind: "string", optional: true, values: [] },
      { way: ["tags"], kind: "array", optional: true, values: [] },
    ]);
  });

  it("that refers to itself ends", () => {
    const schema = { properties: { next: { $ref: "#" }, id: { type: "string" } } };
    expect(fieldsOfSchema(schema).map(({ way }) => way.join("."))).toEqual(["next", "id"]);
  });

  it("without properties gives nothing", () => expect(fieldsOfSchema({ type: "array" })).toEqual([]));
});
