import { describe, expect, test } from "vitest";
import { insertSource } from "../asl/edits";
import { copied, pasted } from "./clipboard";

const TEXT = `{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Wait", // a pause
      "Seconds": \${pause},
      "End": true
    }
  }
}`;

describe("a state on the clipboard", () => {
  test("is put elsewhere as it is written, under a name of its own", () => {
    const state = pasted(copied(TEXT, "/States/A"))!;
    expect(state.name).toBe("A");
    const { text, pointer } = insertSource(TEXT, "/States/A/End", state.name, state.source);
    expect(pointer).toBe("/States/A (1)");
    expect(text).toContain(`    "A (1)": {
      "Type": "Wait", // a pause
      "Seconds": \${pause},
      "End": true
    }`);
  });
  test.each(["", "text", "[]", "{}", '{"A": 1}', '{"A": {}}', '{"A": {"Type": 1}}', '{"A": {"Type": "Pass"}, "B": {"Type": "Pass"}}'])("%j is none", (text) => expect(pasted(text)).toBeNull());
});
