// Every field that the server's table of the language has (language.json) has a control in the studio, in both query
// languages; and every value a field may have can be chosen.

import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { readDefinition } from "../asl/definition";
import { type Part, partOf } from "../asl/fields";
import type { Json } from "../lib/json";
import { Inspector, type Room, StateForm } from "./Inspector";
import language from "./language.json";
import { OPERATORS } from "./Rules";

type Language = "JSONPath" | "JSONata";
type Body = Record<string, Json>;

const ROOMS: readonly Room[] = ["config", "items", "data", "errors"];
/** The parts of a state, where they stand, and which table says what is in them. */
const INSIDE: Record<string, [string, Part][]> = {
  Retry: [["Retry/0", "retrier"]],
  Catch: [["Catch/0", "catcher"]],
  Choices: [["Choices/0", "rule"]],
  Branches: [["Branches/0", "branch"]],
  ItemProcessor: [["ItemProcessor", "processor"], ["ItemProcessor/ProcessorConfig", "processorConfig"]],
  Iterator: [["Iterator", "processor"]],
  ItemReader: [["ItemReader", "itemReader"], ["ItemReader/ReaderConfig", "readerConfig"]],
  ItemBatcher: [["ItemBatcher", "itemBatcher"]],
  ResultWriter: [["ResultWriter", "resultWriter"], ["ResultWriter/WriterConfig", "writerConfig"]],
};
/** What is no field of a form: the type says which form it is, the states are the picture, "End" is "no next state". */
const ELSEWHERE = new Set(["Type", "States", "End", "ProcessorConfig", "ReaderConfig", "WriterConfig", ...Object.keys(INSIDE)]);

const flow = { StartAt: "In", States: { In: { Type: "Pass", End: true } } };

/** A state with everything that its type may have. */
function full(type: string, own: Language, fields: readonly string[]): Body {
  const filled = (part: Part): Body => Object.fromEntries(language.parts[part][own].map((name) => [name, name === "ErrorEquals" ? ["States.ALL"] : "x"]));
  const table: Record<string, Json> = {
    Type: type,
    QueryLanguage: own,
    End: true,
    Retry: [filled("retrier")],
    Catch: [filled("catcher")],
    Choices: [filled("rule")],
    Branches: [{ ...filled("branch"), ...flow }],
    ItemProcessor: { ...filled("processor"), ...flow, ProcessorConfig: { ...filled("processorConfig"), Mode: "DISTRIBUTED" } },
    Iterator: { ...filled("processor"), ...flow },
    ItemReader: { ...filled("itemReader"), ReaderConfig: filled("readerConfig") },
    ItemBatcher: filled("itemBatcher"),
    ResultWriter: { ...filled("resultWriter"), WriterConfig: filled("writerConfig") },
  };
  return Object.fromEntries(fields.map((name) => [name, table[name] ?? "x"]));
}

function controls(definition: Body, selected: string | null, room: Room = "config"): Set<string> {
  const text = JSON.stringify(definition);
  const read = readDefinition(text)!;
  const props = { text, definition: read, selected, box: undefined, slots: [], problems: [], write: () => undefined, edit: () => undefined, onAdd: () => undefined, onSelect: () => undefined };
  const html = renderToStaticMarkup(selected ? <StateForm {...props} state={read.states.get(selected)!} room={room} onRoom={() => undefined} /> : <Inspector {...props} />);
  return new Set([...html.matchAll(/data-field="([^"]*)"/g)].map(([, pointer]) => pointer!));
}

function shownFor(state: Body, own: Language): Set<string> {
  const machine = { QueryLanguage: own, StartAt: "S", States: { S: state } };
  return new Set(ROOMS.flatMap((room) => [...controls(machine, "/States/S", room)]).map((pointer) => pointer.replace("/States/S/", "")));
}

const TYPES = Object.entries(language.states).flatMap(([type, tables]) => (["JSONPath", "JSONata"] as const).map((own) => [type, own, tables[own]] as const));

describe("every field has a control", () => {
  test.each(TYPES)("%s in %s", (type, own, fields) => {
    // Iterator and ItemProcessor are each other's rivals, as are Parameters and ItemSelector.
    for (const variant of type === "Map" ? [["Iterator", "Parameters"], ["ItemProcessor", "ItemSelector"]] : [[]]) {
      const written = fields.filter((name) => !variant.includes(name));
      const shown = shownFor(full(type, own, written), own);
      const expected = written.filter((name) => !ELSEWHERE.has(name));
      if (type !== "Choice" && type !== "Succeed" && type !== "Fail") expected.push("Next");
      for (const name of written) {
        for (const [place, part] of INSIDE[name] ?? []) expected.push(...language.parts[part][own].filter((inner) => !ELSEWHERE.has(inner)).map((inner) => `${place}/${inner}`));
      }
      expect([...expected].filter((name) => !shown.has(name))).toEqual([]);
    }
  });
  test.each(["JSONPath", "JSONata"] as const)("the workflow in %s", (own) => {
    const shown = controls({ ...Object.fromEntries(language.parts.machine[own].map((name) => [name, "x"])), QueryLanguage: own, ...flow }, null);
    expect(language.parts.machine[own].filter((name) => !ELSEWHERE.has(name) && !shown.has(`/${name}`))).toEqual([]);
  });
});

describe("every value can be chosen", () => {
  const rows = Object.entries(language.values).flatMap(([part, fields]) => Object.entries(fields).map(([name, values]) => [part as Part, name, values] as const));
  test.each(rows.filter(([, name]) => name !== "QueryLanguage" && name !== "Version"))("%s %s", (part, name, values) => {
    const field = partOf(part, "JSONPath").find((each) => each.name === name);
    expect((field?.options ?? []).map((option) => (typeof option === "string" ? option : option.value)).sort()).toEqual([...values].sort());
  });
  test("all operators of rules", () => expect(OPERATORS.map(({ value }) => value).sort()).toEqual(language.operators));
});
