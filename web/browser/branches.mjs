// One branch, one item, one visit of many: a Parallel in a loop, with a Map with a Parallel inside. In a real browser.
// Usage: node branches.mjs ENDPOINT CHROMIUM. Prints what went wrong and ends with status 1, or prints "ok".

import { perform } from "./stage.mjs";

const one = (name, body) => ({ StartAt: name, States: { [name]: { ...body, End: true } } });
const LOOP = {
  StartAt: "Both",
  States: {
    Both: {
      Type: "Parallel",
      ResultPath: "$.both",
      Branches: [
        { StartAt: "Last?", States: { "Last?": { Type: "Choice", Choices: [{ Variable: "$.round", NumericEquals: 3, Next: "Bad" }], Default: "Good" }, Good: { Type: "Succeed" }, Bad: { Type: "Fail", Error: "Order.Bad", Cause: "the third is bad" } } },
        { StartAt: "Each", States: { Each: { Type: "Map", ItemsPath: "$.items", ItemProcessor: one("Inner", { Type: "Parallel", Branches: [one("Weigh", { Type: "Pass" }), one("Measure", { Type: "Wait", Seconds: 1 })] }), Next: "Label" }, Label: { Type: "Pass", End: true } } },
      ],
      Catch: [{ ErrorEquals: ["Never.Happens"], Next: "Rescue" }],
      Next: "More",
    },
    Rescue: { Type: "Succeed" },
    More: { Type: "Pass", Parameters: { "round.$": "States.MathAdd($.round, 1)", "items.$": "$.items" }, Next: "Both" },
  },
};

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, endpoint, step, accessible, states } = stage;
  const { stateMachineArn } = await states("CreateStateMachine", { name: "branching", definition: JSON.stringify(LOOP), roleArn: "arn:aws:iam::000000000000:role/r" });
  const needle = "the needle at the end";
  const { executionArn } = await states("StartExecution", { stateMachineArn, input: JSON.stringify({ round: 1, items: ["a", "b"], filler: "x".repeat(2000), needle }) });
  const picker = (name) => page.getByRole("group", { name, exact: true });
  const box = (pointer) => page.locator(`[data-id="${pointer}"]`);
  const view = (name) => page.getByRole("group", { name: "View" }).getByRole("button", { name }).click();
  const EACH = "/States/Both/Branches/1/States/Each";
  const shown = (words) => page.getByRole("status").getByText(words, { exact: true }).waitFor();

  await step("who failed, and whom that cancelled", async () => {
    await page.goto(`${endpoint}/#/executions/${executionArn}`);
    await page.locator("h1 + .status", { hasText: "Failed" }).waitFor({ timeout: 20_000 });
    await page.getByRole("region", { name: "Error", exact: true }).getByText("in Bad").waitFor();
    await picker("Branch").getByText("Branch 1 (Last?) failed with Order.Bad; it cancelled branch 2.").waitFor();
    await accessible("branches");
  });
  await step("edges of a loop are counted, also in their words", async () => {
    await page.locator(".g-times", { hasText: "×2" }).first().waitFor();
    await box("/States/More").and(page.locator('[aria-label*="2 visits"]')).waitFor();
  });
  await step("a branch by keyboard, and all views tell of it alone", async () => {
    await picker("Branch").getByRole("button", { name: /^2 Each/ }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/in=\d+:1/);
    await box("/States/Both/Branches/0/States/Last?").and(page.locator(".aside")).waitFor();
    await view("States");
    await page.getByRole("button", { name: "Each", exact: true }).waitFor();
    await page.getByRole("table").getByText("Last?").waitFor({ state: "detached" });
    await accessible("a branch");
    await view("Graph");
  });
  await step("another visit of the Parallel, a Map in its branch, a Parallel in its item", async () => {
    await page.getByLabel("Parallel or Map, and which visit").first().selectOption({ index: 1 });
    await page.waitForURL(/in=\d+(&|$)/);
    await picker("Branch").getByRole("button", { name: /^2 Each/ }).click();
    await box(EACH).click({ position: { x: 60, y: 18 } });
    await picker("Iteration").getByLabel("Item", { exact: true }).selectOption({ label: "Item 1: succeeded" });
    await box(`${EACH}/ItemProcessor/States/Inner`).click({ position: { x: 60, y: 18 } });
    await picker("Branch").getByRole("button", { name: /^2 Measure/ }).click();
    await page.getByRole("heading", { name: "Measure" }).waitFor();
    await accessible("deep inside");
    await view("States");
    // All that is left of the forks: three visits of Both, two of More; of the second Each, its item Inner, Measure, and Label not, it stands beside.
    await shown("9 visits");
  });
  await step("the address leads back to it", async () => {
    await page.reload();
    await shown("9 visits");
    await page.getByRole("heading", { name: "Measure" }).waitFor();
    await picker("Branch").getByRole("button", { name: "Item 1" }).click();
    await shown("10 visits");
  });
  await step("a text is found behind the beginning of a payload", async () => {
    await page.goto(`${endpoint}/#/executions/${executionArn}?view=events`);
    await page.getByLabel("Find in events and payloads").fill(needle);
    const { events } = await states("GetExecutionHistory", { executionArn, maxResults: 1000 });
    const those = events.filter((event) => JSON.stringify(event).includes(needle));
    if (those.length < 4) throw new Error("the test itself is wrong");
    await page.getByText(`${those.length} events`, { exact: true }).waitFor();
    await page.getByRole("button", { name: "ParallelStateExited" }).first().waitFor();
    await accessible("found events");
  });
  await step("an Express execution, as one of the latest of its machine", async () => {
    const definition = { StartAt: "Shape", States: { Shape: { Type: "Pass", Parameters: { "n.$": "$.n" }, End: true } } };
    const made = await states("CreateStateMachine", { name: "fast", type: "EXPRESS", definition: JSON.stringify(definition), roleArn: "arn:aws:iam::000000000000:role/r" });
    await page.goto(`${endpoint}/#/machines/${made.stateMachineArn}?tab=executions`);
    await page.getByRole("heading", { name: "No Express execution is remembered" }).waitFor();
    const { executionArn: fast } = await states("StartExecution", { stateMachineArn: made.stateMachineArn, input: JSON.stringify({ n: 7, more: 1 }) });
    await page.getByRole("region", { name: "Executions", exact: true }).getByRole("link").click();
    await page.locator("h1 + .status", { hasText: "Succeeded" }).waitFor();
    await box("/States/Shape").and(page.locator(".ok")).click();
    await page.getByRole("tab", { name: "Flow" }).click();
    await page.getByRole("region", { name: "After Parameters", exact: true }).getByText("7", { exact: true }).waitFor();
    await accessible("Express");
    stage.forgive.push(/status of 400/);
    await page.goto(`${endpoint}/#/executions/${fast.slice(0, -1)}x`);
    await page.getByRole("heading", { name: "This Express execution is not remembered any more" }).waitFor();
    await page.getByText("Its state machine logs nothing.").waitFor();
    await accessible("a forgotten one");
  });
});
