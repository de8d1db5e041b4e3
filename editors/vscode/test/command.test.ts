import { expect, test } from "vitest";
import { findCommand } from "../src/command";

const nowhere = { configured: "", folders: ["/project"], path: "/usr/bin:/opt/bin", windows: false, exists: () => false };
const only = (...files: string[]) => ({ ...nowhere, exists: (file: string) => files.includes(file) });

test("a configured program is taken as it is", () => {
  expect(findCommand({ ...nowhere, configured: "/my/treadle" })).toBe("/my/treadle");
});

test("the workspace's virtual environment comes before the PATH", () => {
  expect(findCommand(only("/opt/bin/treadle", "/project/.venv/bin/treadle"))).toBe("/project/.venv/bin/treadle");
  expect(findCommand(only("/opt/bin/treadle"))).toBe("/opt/bin/treadle");
});

test("on Windows the program is in Scripts", () => {
  const wanted = "/project/.venv/Scripts/treadle.exe";
  expect(findCommand({ ...only(wanted), windows: true })).toBe(wanted);
});

test("without any there is none", () => {
  expect(findCommand(nowhere)).toBeNull();
});
