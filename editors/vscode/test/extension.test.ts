import { beforeEach, expect, test, vi } from "vitest";
import { activate, deactivate } from "../src/extension";
import { isWorkflow, page, theme } from "../src/page";
import { server } from "./client";
import { events, opened, panels, registered, settings, shown, Uri, window } from "./vscode";

const document = (name: string) => ({
  fileName: `/project/${name}`,
  languageId: "json",
  uri: { toString: () => `file:///project/${name}` },
});
const workflow = document("order.asl.json");
const graph = {
  svg: "<svg/>",
  places: { "/States/Pay": { start: { line: 3, character: 4 }, end: { line: 3, character: 9 } } },
};

/** The extension in an editor that shows `active`, with its preview open. */
async function previewed(active: unknown = workflow) {
  settings.command = "/bin/treadle";
  window.activeTextEditor = active === undefined ? undefined : { document: active };
  server.answer = graph;
  const context = { extensionUri: new Uri("/extension"), subscriptions: [] as { dispose(): void }[] };
  await activate(context as never);
  registered.get("treadle.preview")?.();
  return panels.at(-1)!;
}

beforeEach(async () => {
  await deactivate();
  for (const panel of panels.splice(0)) await panel.close();
  shown.length = opened.length = server.started.length = server.questions.length = 0;
  server.breaks = false;
  for (const name of Object.keys(settings)) delete settings[name];
});

test("it starts the language server of the configured treadle", async () => {
  await previewed();
  expect(server.started).toEqual([{ command: "/bin/treadle", args: ["lsp"] }]);
  await deactivate();
  expect(server.started).toEqual([]);
});

test("a server that does not start is told, and the preview says so too", async () => {
  server.breaks = true;
  const panel = await previewed();
  expect(shown).toEqual(["/bin/treadle lsp does not start: ENOENT"]);
  await panel.say({ ready: true });
  await vi.waitFor(() => expect(panel.sent[0].problem).toContain("does not run"));
});

test("the preview draws when its page is ready, in the editor's theme", async () => {
  const panel = await previewed();
  expect(panel.title).toBe("Graph: order.asl.json");
  await panel.say({ ready: true });
  await vi.waitFor(() => expect(panel.sent).toEqual([{ svg: "<svg/>", problem: undefined }]));
  expect(server.questions).toEqual([
    { method: "treadle/graph", uri: "file:///project/order.asl.json", theme: "dark" },
  ]);
});

test("it follows the text of its document and of no other", async () => {
  vi.useFakeTimers();
  const panel = await previewed();
  await events.text.fire({ document: document("other.asl.json") });
  await vi.advanceTimersByTimeAsync(1000);
  expect(panel.sent).toEqual([]);
  await events.text.fire({ document: workflow });
  await events.text.fire({ document: workflow });
  await vi.advanceTimersByTimeAsync(1000);
  expect(panel.sent.length, "one drawing for what was typed in one go").toBe(1);
  vi.useRealTimers();
});

test("a chosen state is shown in the text", async () => {
  const panel = await previewed();
  await panel.say({ ready: true });
  await vi.waitFor(() => expect(panel.sent.length).toBe(1));
  await panel.say({ open: "/States/Pay" });
  await panel.say({ open: "/States/Unknown" });
  expect(opened.map(({ options }) => options.selection.parts)).toEqual([[3, 4, 3, 9]]);
});

test("a broken text keeps the places of the last good picture", async () => {
  const panel = await previewed();
  await panel.say({ ready: true });
  await vi.waitFor(() => expect(panel.sent.length).toBe(1));
  server.answer = { problem: "line 3: expected a value" };
  await panel.say({ ready: true });
  await vi.waitFor(() => expect(panel.sent[1]).toEqual({ svg: undefined, problem: "line 3: expected a value" }));
  await panel.say({ open: "/States/Pay" });
  expect(opened.length).toBe(1);
});

test("the one preview goes with the editor from workflow to workflow", async () => {
  const panel = await previewed();
  await events.editor.fire({ document: document("refund.asl.json") });
  await events.editor.fire({ document: document("notes.md") });
  expect(panel.title).toBe("Graph: refund.asl.json");
  expect(panels.length).toBe(1);
});

test("without a workflow there is nothing to draw", async () => {
  await previewed(document("package.json"));
  expect(panels).toEqual([]);
  expect(shown).toEqual(["Open a workflow first: a file named *.asl.json or *.asl.yaml."]);
});

test("workflows are told by their names or their language", () => {
  expect(isWorkflow(document("a.asl.yml"))).toBe(true);
  expect(isWorkflow(document("a.json"))).toBe(false);
  expect(isWorkflow({ ...document("a.json"), languageId: "asl" })).toBe(true);
});

test("the page runs its own script only", () => {
  const text = page({ script: "s.js", style: "s.css", source: "SOURCE" });
  expect(text).toContain("script-src SOURCE;");
  expect(text).not.toMatch(/<script>|onclick/);
  expect([1, 2, 3, 4].map(theme)).toEqual(["light", "dark", "dark", "light"]);
});
