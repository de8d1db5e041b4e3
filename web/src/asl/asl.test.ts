import { describe, expect, test } from "vitest";
import { readDefinition, resourceLabel, usedFunctions, usedMachines } from "./definition";
import { spans, stateAt } from "./pointers";

const TEXT = `{
  "StartAt": "A",
  "States": {
    "A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:one:live", "Next": "P/1"},
    "P/1": {
      "Type": "Parallel",
      "Branches": [
        {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "two"}, "End": true}}},
        {"StartAt": "C", "States": {"C": {"Type": "Map", "ItemProcessor": {"StartAt": "D", "States": {"D": {"Type": "Pass", "End": true}}}, "End": true}}}
      ],
      "End": true
    }
  }
}`;

describe("a definition", () => {
  const found = readDefinition(TEXT)!;

  test("names its states by JSON pointer", () => {
    expect([...found.states.keys()]).toEqual([
      "/States/A",
      "/States/P~11",
      "/States/P~11/Branches/0/States/B",
      "/States/P~11/Branches/1/States/C",
      "/States/P~11/Branches/1/States/C/ItemProcessor/States/D",
    ]);
    expect(found.inside.get("/States/P~11")).toEqual(new Map([["B", "/States/P~11/Branches/0/States/B"], ["C", "/States/P~11/Branches/1/States/C"]]));
  });

  test("knows the functions it calls", () => expect(usedFunctions(found)).toEqual(["one", "two"]));

  test("knows the machines it starts", () => {
    const start = (arn: string, ending = "") => ({ Type: "Task", Resource: `arn:aws:states:::states:startExecution${ending}`, Parameters: { StateMachineArn: arn } });
    const text = JSON.stringify({ States: { A: start("arn:aws:states:us-east-1:1:stateMachine:b", ".sync:2"), B: start("${other}"), C: start("arn:aws:states:us-east-1:1:stateMachine:a") } });
    expect(usedMachines(readDefinition(text)!).map((arn) => arn.split(":").pop())).toEqual(["a", "b"]);
  });

  test("is none when the text is broken", () => {
    for (const text of ["", "[]", "{", '{"States": 3}']) expect(readDefinition(text)).toBeNull();
  });
});

test("resources in a few words", () => {
  expect(resourceLabel("arn:aws:states:::aws-sdk:s3:getObject")).toBe("s3: getObject");
  expect(resourceLabel("arn:aws:states:us-east-1:1:activity:approve")).toBe("activity: approve");
});

describe("places in the text", () => {
  const places = spans(TEXT);

  test("of a member include its name", () => {
    const { from, to } = places.get("/States/P~11/Branches/0/States/B/End")!;
    expect(TEXT.slice(from, to)).toBe('"End": true');
  });

  test("tell the innermost state at an offset", () => {
    expect(stateAt(places, TEXT.indexOf('"two"'))).toBe("/States/P~11/Branches/0/States/B");
    expect(stateAt(places, TEXT.indexOf('"Parallel"'))).toBe("/States/P~11");
    expect(stateAt(places, TEXT.indexOf('"Pass"'))).toBe("/States/P~11/Branches/1/States/C/ItemProcessor/States/D");
    expect(stateAt(places, 3)).toBeNull();
  });

  test("of broken text are found up to where it breaks", () => {
    const found = spans('{"StartAt": "A", "States": {"A": {"Type": "Pass"}, "B": {"Type" "Pass"}}}');
    expect(found.has("/States/A")).toBe(true);
    expect(found.has("/States/B")).toBe(false);
  });
});
