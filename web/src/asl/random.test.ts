// Many edits in a row, made up by a seeded generator: the text stays a definition whose states lead to states, and undo
// brings back every text, byte by byte.

import { describe, expect, test } from "vitest";
import { newDraft, redo, undo, write } from "../studio/draft";
import { readDefinition } from "./definition";
import { addBranch, deleteState, duplicateState, insertState, moveState, placeOfState, references, renameState, setNext, states, type Body } from "./edits";
import { insertItem, set } from "./patch";

const TEXT = `{
    "Comment": "Orders",   // shown in the list
    "StartAt": "A",
    "States": {
        // first
        "A": {"Type": "Pass", "Next": "Ask"},
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "TimeoutSeconds": \${timeout},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "Next": "Both"
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Wait", "Seconds": 1, "End": true}}},
                {
                    "StartAt": "Right",
                    "States": {
                        "Right": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "More"}], "Default": "More"},
                        "More": {"Type": "Pass", "End": true}
                    }
                }
            ],
            "End": true
        },
        "Sorry": {"Type": "Fail", "Error": "No"} // the end
    }
}
`;

/** Park and Miller's generator. */
function luck(seed: number): (below: number) => number {
  let at = seed * 7919 + 1;
  return (below) => {
    at = (at * 48_271) % 2_147_483_647;
    return at % below;
  };
}

const BODIES: Body[] = [{ Type: "Pass" }, { Type: "Wait", Seconds: 3 }, { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: true }] }, { Type: "Parallel", Branches: [{ StartAt: "P", States: { P: { Type: "Pass", End: true } } }] }, { Type: "Succeed" }];

function slots(text: string): string[] {
  const scopes = new Set(states(text).map(({ pointer }) => placeOfState(pointer).scope));
  const ends = [...(readDefinition(text)?.states.values() ?? [])].filter(({ body }) => body.End === true).map(({ pointer }) => `${pointer}/End`);
  return [...[...scopes].flatMap((scope) => references(text, scope).map(({ slot }) => slot)), ...ends];
}

function edited(text: string, pick: (below: number) => number): string {
  const all = states(text);
  const places = slots(text);
  const one = all[pick(all.length)]!.pointer;
  const slot = places[pick(places.length)]!;
  switch (pick(9)) {
    case 0:
    case 1:
      return insertState(text, slot, "New", BODIES[pick(BODIES.length)]!).text;
    case 2:
      return all.length > 3 ? deleteState(text, one).text : text;
    case 3:
    case 4:
      return moveState(text, one, slot).text;
    case 5:
      return duplicateState(text, one).text;
    case 6:
      return renameState(text, one, `N "${pick(1000)}" / ~`).text;
    case 7: {
      const { body, pointer } = readDefinition(text)!.states.get(one)!;
      if (body.Type === "Parallel") return addBranch(text, pointer).text;
      if (body.Type === "Choice") return insertItem(text, `${pointer}/Choices`, 0, { Variable: "$.y", IsNull: false, Next: String(body.Default ?? (body.Choices as Body[])[0]!.Next) });
      return body.Type === "Succeed" || body.Type === "Fail" ? text : setNext(text, pointer, pick(2) ? null : placeOfState(one).name);
    }
    default:
      return set(text, `${one}/Comment`, pick(3) ? `ünïcode ${pick(99)} \\ "` : undefined);
  }
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])("60 edits, seed %i", (seed) => {
  test("lead from state to state, and are undone to the byte", () => {
    const pick = luck(seed);
    let draft = newDraft(TEXT);
    const texts = [TEXT];
    for (let count = 0; count < 60; count += 1) {
      draft = write(draft, edited(draft.text, pick), null, count);
      if (draft.text !== texts.at(-1)) texts.push(draft.text);
      const names = states(draft.text).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const scopes = new Map<string, Set<string>>();
      for (const { pointer, name } of states(draft.text)) {
        const { scope } = placeOfState(pointer);
        scopes.set(scope, (scopes.get(scope) ?? new Set()).add(name));
      }
      for (const [scope, there] of scopes) {
        for (const { slot, target } of references(draft.text, scope)) expect(there, `${slot} after ${count}`).toContain(target);
      }
    }
    for (const text of texts.slice(0, -1).reverse()) expect((draft = undo(draft)).text).toBe(text);
    expect(draft.past).toEqual([]);
    for (const text of texts.slice(1)) expect((draft = redo(draft)).text).toBe(text);
    expect(draft.future).toEqual([]);
  });
});
