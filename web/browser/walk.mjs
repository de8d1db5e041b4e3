// A newcomer's walk through the console in a real browser: an empty server, a first machine, a first execution.
// Usage: node walk.mjs ENDPOINT CHROMIUM

import { perform } from "./stage.mjs";

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, endpoint, step, accessible } = stage;
  await step("an empty server teaches", async () => {
    await page.goto(endpoint);
    await page.getByRole("heading", { name: "No state machines yet" }).waitFor();
    await accessible("empty list");
  });
  await step("create a machine from an example", async () => {
    await page.getByRole("button", { name: "Create state machine" }).click();
    await page.getByLabel("Name").fill("walk");
    await page.getByLabel("Start from").selectOption({ label: "Wait and try again" });
    await accessible("create");
    await page.getByRole("button", { name: "Create", exact: true }).last().click();
    await page.getByRole("heading", { name: "Not run yet" }).waitFor();
    await accessible("machine");
  });
  await step("start an execution", async () => {
    await page.getByRole("button", { name: "Start execution" }).first().click();
    const editor = page.getByRole("textbox", { name: "Input" });
    // Chromium itself gives text a style attribute when typing replaces coloured text; the policy refuses it, rightly.
    stage.forgive.push(/^Applying inline style/);
    await editor.fill("{ broken");
    await page.getByRole("button", { name: "Start execution" }).last().isDisabled().then((off) => {
      if (!off) throw new Error("broken JSON can be started");
    });
    await editor.fill('{"hello": "world"}');
    await page.getByText("Valid JSON").waitFor();
    stage.forgive.pop();
    await accessible("start");
    await editor.press("Control+Enter");
    await page.waitForURL(/executions/);
    // The key that starts writes no line of its own into the input.
    await page.getByText("18 B", { exact: true }).first().waitFor();
  });
  await step("follow it live to its end", async () => {
    await page.locator('[data-id="/States/Wait"].run').waitFor();
    await page.locator('[data-id="/States/Done"].ok').waitFor({ timeout: 20_000 });
    await page.locator("h1 + .status", { hasText: "Succeeded" }).waitFor();
    await accessible("execution");
  });
  await step("open a step", async () => {
    await page.locator('[data-id="/States/Count"]').click();
    await page.getByRole("heading", { name: "Count" }).waitFor();
    await page.getByLabel("Assigned variables", { exact: true }).getByText('"round"').waitFor();
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByText("PassStateExited").first().waitFor();
    await accessible("step");
  });
  await step("walk the graph with the keyboard", async () => {
    await page.locator('[data-id="/States/Count"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Enough?" }).waitFor();
  });
  for (const view of ["Timeline", "States", "Events", "Input and output"]) {
    await step(`view ${view}`, async () => {
      await page.getByRole("group", { name: "View" }).getByRole("button", { name: view }).click();
      await page.getByRole("region", { name: view, exact: true }).waitFor();
      await accessible(view);
    });
  }
  await step("jump with a pasted ARN", async () => {
    const arn = decodeURIComponent(page.url().split("#/executions/")[1].split("?")[0]);
    await page.goto(`${endpoint}/#/functions`);
    await page.getByRole("heading", { name: "No functions yet" }).waitFor();
    await accessible("functions");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /paste an ARN/ }).fill(` "${arn}" `);
    await accessible("palette");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: arn.split(":").pop() }).waitFor();
  });
  await step("a page that is not there says so", async () => {
    // The browser logs the refused request; that is no problem of ours.
    stage.forgive.push(/status of 400/);
    await page.goto(`${endpoint}/#/machines/arn:aws:states:us-east-1:000000000000:stateMachine:nope`);
    await page.getByRole("heading", { name: "There is no such state machine" }).waitFor();
  });
});
