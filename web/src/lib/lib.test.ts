import { describe, expect, test } from "vitest";
import { machineArn, page, placeOf, readArn } from "./arn";
import { ago, bytes, duration, size, title } from "./format";
import { findIn, jsonPath, pretty, readJson, unfold } from "./json";
import { href, parse } from "./route";
import { base64, entries, pack } from "./zip";

const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders";

describe("routes", () => {
  test("keep ARNs readable and come back as they were", () => {
    const to = href(["machines", MACHINE], { tab: "definition", state: "/States/A b", none: null });
    expect(to).toBe(`#/machines/${MACHINE}?tab=definition&state=/States/A+b`);
    const { path, query } = parse(to);
    expect(path).toEqual(["machines", MACHINE]);
    expect(query.get("state")).toBe("/States/A b");
  });

  test("survive names that need escapes", () => {
    expect(parse(href(["functions", "a/b?c#d%"])).path).toEqual(["functions", "a/b?c#d%"]);
    expect(parse("#/functions/%zz").path).toEqual(["functions", "%zz"]);
  });
});

describe("ARNs", () => {
  test.each([
    [MACHINE, "machine", "orders"],
    [` "${MACHINE}:live", `, "machine", "orders"],
    [`${MACHINE.replace("stateMachine", "execution")}:run-1`, "execution", "run-1"],
    [`${MACHINE.replace("stateMachine", "execution")}/Label:uuid`, "execution", "uuid"],
    [`${MACHINE.replace("stateMachine", "mapRun")}/Label:uuid`, "mapRun", "Label:uuid"],
    ["arn:aws:lambda:eu-west-1:123456789012:function:work:3", "function", "work"],
  ])("%s is a %s", (text, kind, name) => expect(readArn(text)).toMatchObject({ kind, name }));

  test("other text is none", () => {
    for (const text of ["orders", "arn:aws:s3:::bucket", "arn:aws:states:eu-west-1:1:execution:only"]) expect(readArn(text)).toBeNull();
  });

  test("lead to their pages and places", () => {
    const to = (arn: string) => page(readArn(arn)!);
    expect(to(`${MACHINE}:3`)).toBe(`#/machines/${MACHINE}?tab=versions`);
    expect(to(`${MACHINE}:live`)).toBe(`#/machines/${MACHINE}?tab=versions`);
    const express = MACHINE.replace("stateMachine", "express");
    expect(to(`${express}:run:uuid`)).toBe(`#/executions/${express}:run:uuid`);
    expect(to(`${express}/Each:run`)).toBe(`#/executions/${express}%2FEach:run`);
    expect(to("arn:aws:lambda:eu-west-1:1:function:f:7")).toBe("#/functions/f?version=7");
    expect(to("arn:aws:lambda:eu-west-1:1:function:f:$LATEST")).toBe("#/functions/f");
    expect(to("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*")).toBe("#/logs/%2Faws%2Flambda%2Ff");
    expect(to(MACHINE.replace("stateMachine", "activity"))).toBe(`#/activities/${MACHINE.replace("stateMachine", "activity")}`);
    expect(placeOf(MACHINE)).toEqual({ account: "123456789012", region: "eu-west-1" });
    expect(machineArn(`${MACHINE.replace("stateMachine", "mapRun")}/Label:uuid`)).toBe(MACHINE);
  });
});

test("durations have at most two units", () => {
  expect([0, 0.0421, 1.239, 42.31, 125, 11_400, 190_000].map(duration)).toEqual(["0 ms", "42 ms", "1.24 s", "42.3 s", "2 min 05 s", "3 h 10 min", "2 d 4 h"]);
  expect([1, 42, 200, 90_000, 400_000].map(ago)).toEqual(["just now", "42 s ago", "3 min ago", "25 h ago", "4 d ago"]);
  // Never "60.0 s" or "1000 ms".
  expect([0.9997, 59.997].map(duration)).toEqual(["1.00 s", "1 min 00 s"]);
});

test("sizes count bytes of UTF-8", () => {
  expect([bytes("é"), size(512), size(2048), size(262_144)]).toEqual([2, "512 B", "2.0 KiB", "256 KiB"]);
  expect(title("TIMED_OUT")).toBe("Timed out");
});

describe("JSON", () => {
  test("that is wrong says where", () => {
    expect(readJson("")).toHaveProperty("problem");
    expect(readJson("null")).toEqual({ value: null });
  });

  test.each([
    ['{\n  "a": 1,\n}', "No comma stands before }", 2, 9],
    ['{"a" 1}', "A colon is missing", 1, 6],
    ['{"a": 1 "b": 2}', "A comma or } is missing", 1, 9],
    ["{'a': 1}", "Strings stand in double quotes, not in single ones", 1, 2],
    ["{a: 1}", "The name of a member is missing: names stand in double quotes", 1, 2],
    ['{"a": yes}', "A value is missing, or it is none of JSON's: text stands in double quotes", 1, 7],
    ['{"a": 01}', "A value is missing, or it is none of JSON's: text stands in double quotes", 1, 7],
    ['{"a": [1, 2', "The text ends too early", 1, 12],
    ['{"a": 1} x', "Something stands behind the end of the value", 1, 10],
    ['{\n// no\n"a": 1}', "JSON has no comments", 2, 1],
    ['["a\nb"]', "This string does not end in its line, or has an escape that JSON does not know", 1, 2],
  ])("%j is refused with its place", (text, problem, line, column) => expect(readJson(text)).toEqual({ problem, line, column }));

  test("is pretty where it is JSON", () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty("no json")).toBe("no json");
  });

  test("paths are those of JSONPath", () => expect(jsonPath(["a", 0, "odd name", "it's"])).toBe("$.a[0]['odd name']['it\\'s']"));
});

describe("a cause", () => {
  test("of a Lambda function is unfolded", () => {
    const cause = JSON.stringify({ errorMessage: "no card", errorType: "Declined", requestId: "r", stackTrace: ["  File x\n", "  raise\n"] });
    expect(unfold(cause)).toEqual({ message: "no card", type: "Declined", trace: ["  File x", "  raise"], rest: undefined });
  });

  test("of Node.js has its trace elsewhere", () => expect(unfold('{"errorType":"Error","errorMessage":"x","trace":["at y"]}').trace).toEqual(["at y"]));

  test("that is something else stays", () => {
    expect(unfold("plain")).toEqual({ message: "plain", trace: [], rest: undefined });
    expect(unfold('{"a":1}')).toEqual({ message: "", trace: [], rest: { a: 1 } });
  });
});

test("a package's files are read, packed or not", async () => {
  // zip of a.txt = "hello hello hello hello" (deflated) and b.txt = "b" (stored)
  const base64 =
    "UEsDBBQAAAAIAAAAIQDjUT2NCgAAABcAAAAFAAAAYS50eHTLSM3JyVfIQCcBUEsDBBQAAAAAAAAAIQD5775xAQAAAAEAAAAFAAAAYi50eHRiUEsBAhQDFAAAAAgAAAAhAONRPY0KAAAAFwAAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsBAhQDFAAAAAAAAAAhAPnvvnEBAAAAAQAAAAUAAAAAAAAAAAAAAIABLQAAAGIudHh0UEsFBgAAAAACAAIAZgAAAFEAAAAAAA==";
  const files = entries(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer);
  const texts = await Promise.all(files.map(async ({ name, read }) => [name, new TextDecoder().decode(await read())]));
  expect(texts).toEqual([["a.txt", "hello hello hello hello"], ["b.txt", "b"]]);
});

test("a package that is made is read again, with names and permissions as they were", async () => {
  const script = 0o100755 * 0x10000;
  const made = pack([{ name: "häuser/a.py", body: new TextEncoder().encode("pass") }, { name: "run", body: new Uint8Array([0, 255]), attributes: script }]);
  const files = entries(made.buffer);
  expect(files.map(({ name, size, attributes }) => [name, size, (attributes! >>> 16).toString(8)])).toEqual([["häuser/a.py", 4, "100644"], ["run", 2, "100755"]]);
  expect(new TextDecoder().decode(await files[0]!.read())).toBe("pass");
  expect([...(await files[1]!.read())]).toEqual([0, 255]);
  expect(base64(new Uint8Array(70_000)).length).toBe(93_336);
});

test("names and values are found with their ways", () => {
  const value = { Order: { id: "o-1", lines: [{ sku: "ORDERLY" }, 7] }, note: null };
  expect(findIn(value, "order").map(({ way }) => way.join("/"))).toEqual(["Order", "Order/lines/0/sku"]);
  expect(findIn(value, "7")).toEqual([{ way: ["Order", "lines", 1], value: 7 }]);
  expect(findIn(value, "zz")).toEqual([]);
});
