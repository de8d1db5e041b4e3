import { expect, test } from "vitest";
import { rewritten } from "./rewrite";

test("what means the same keeps its text", () => {
  const text = '{ "a":1,\n   "b" : [ 1,2 ],  // two\n   "c": ${x}\n}\n';
  expect(rewritten(text, '{"a": 1, "b": [1, 2], "c": ${x}}')).toBe(text);
});

test("members come and go, comments of those that stay are kept", () => {
  const text = `{
    // what it is
    "Type": "Pass",
    "InputPath": "$.a", // gone
    /* how it goes on */
    "Next": "B"
}
`;
  expect(rewritten(text, '{"Type": "Pass", "Output": {"x": [1, {"y": \${n}}]}, "Next": "B"}')).toBe(`{
    // what it is
    "Type": "Pass",
    "Output": {
        "x": [
            1,
            {
                "y": \${n}
            }
        ]
    }, // gone
    /* how it goes on */
    "Next": "B"
}
`);
});

test("a state in one line stays in one", () => {
  const text = '{\n  "States": {\n    "A": {"Type": "Pass", "InputPath": "$.a", "End": true},\n    "B": {"Type":"Succeed"}\n  }\n}';
  const made = '{"States": {"A": {"Type": "Pass", "Output": "{% $states.input.a %}", "End": true}, "B": {"Type": "Succeed"}}}';
  expect(rewritten(text, made)).toBe(text.replace('"InputPath": "$.a"', '"Output": "{% $states.input.a %}"'));
});

test("a new first member, an empty object, lists", () => {
  expect(rewritten('{\n  "StartAt": "A",\n  "States": {}\n}', '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass"}}}')).toBe(
    '{\n  "QueryLanguage": "JSONata",\n  "StartAt": "A",\n  "States": {\n    "A": {\n      "Type": "Pass"\n    }\n  }\n}',
  );
  expect(rewritten('{"a":[1,{"b":2}]}', '{"a": [1, {"c": 3}]}')).toBe('{"a":[1,{"c":3}]}');
  expect(rewritten('{"a":1,"b":2}', '{"b": 2}')).toBe('{"b":2}');
  expect(rewritten("{}", '{"a": 1}')).toBe('{"a": 1}');
});
