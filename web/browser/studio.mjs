// Somebody changes a workflow: in the text, in the picture with mouse and keyboard, and tries a state. In a real browser.
// Usage: node studio.mjs ENDPOINT CHROMIUM. Prints what went wrong and ends with status 1, or prints "ok".

import { perform } from "./stage.mjs";

const TEXT = `{
    "Comment": "Kept as it is written",
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Result": {"n": 5}, "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Last"}],
            "Default": "Last"
        },
        "Last": {"Type": "Pass", "End": true}
    }
}`;

await perform(process.argv[2], process.argv[3], async ({ page, problems, endpoint, forgive, step, accessible, states }) => {
  // Chromium itself gives text a style attribute when typing replaces coloured text; the policy refuses it, rightly.
  forgive.push(/^Applying inline style/);
  let arn = "";
  const state = (name) => page.locator(`[data-id="/States/${name}"]`);
  const slot = (id) => page.locator(`[data-slot="${id}"]`);
  const editor = () => page.getByRole("textbox", { name: "Definition", exact: true });
  const saved = async () => (await states("DescribeStateMachine", { stateMachineArn: arn })).definition;

  async function drag(from, to) {
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
    await page.mouse.down();
    await page.mouse.move(a.x + a.width / 2 + 20, a.y + a.height / 2 + 10, { steps: 3 });
    await page.mouse.move(b.x + b.width / 2 + 5, b.y + b.height / 2 + 4, { steps: 6 });
    await page.locator(".g-slot.lit").waitFor();
    await page.mouse.up();
  }

  await step("a machine", async () => {
    arn = (await states("CreateStateMachine", { name: "designed", definition: TEXT, roleArn: "arn:aws:iam::000000000000:role/r" })).stateMachineArn;
    await page.goto(`${endpoint}/#/machines/${arn}?tab=definition`);
    await state("First").click();
    await page.waitForURL(/state=/);
    await page.locator(".cm-marked", { hasText: "First" }).waitFor();
    await page.getByText("No problems").waitFor();
    await accessible("definition");
  });
  await step("a problem is told where it is, and broken text keeps the picture", async () => {
    await editor().fill(TEXT.replace('"Default": "Last"', '"Default": "Lost"'));
    await page.getByRole("region", { name: "Problems" }).getByRole("button").filter({ hasText: "line 9" }).first().click();
    await state("Lost").waitFor();
    await accessible("problems");
    await editor().fill(TEXT.slice(0, -1));
    await page.getByText("The picture shows the last text that could be drawn").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByText("No problems").waitFor();
  });
  await step("other forms", async () => {
    await page.getByRole("button", { name: "YAML" }).click();
    await page.getByLabel("Definition as YAML").getByText("StartAt: First").waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), (async () => {
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("group", { name: "Copy as" }).getByRole("menuitem", { name: /Terraform/ }).waitFor();
      await accessible("export");
      await page.getByRole("menuitem", { name: "Picture PNG" }).click();
    })()]);
    if (file.suggestedFilename() !== "designed.png") problems.push(`export: ${file.suggestedFilename()}`);
  });
  await step("drag a state into the flow", async () => {
    await page.getByRole("link", { name: "Edit in the studio" }).click();
    await state("First").waitFor();
    await accessible("studio");
    await drag(page.getByRole("button", { name: /^Wait For a time/ }), slot("/States/First/Next"));
    await state("Wait").waitFor();
    await page.getByLabel("Seconds", { exact: true }).fill("7");
    await page.getByText("Wait · 7 s").first().waitFor();
    await accessible("state");
  });
  await step("move it with the mouse, undo and redo", async () => {
    await drag(state("Wait"), slot("/States/Last/End"));
    await page.waitForFunction(() => document.querySelector('[data-slot="/States/Wait/End"]'));
    await page.keyboard.press("Control+z");
    await slot("/States/First/Next").waitFor();
    await page.waitForFunction(() => document.querySelector('[data-slot="/States/Wait/Next"]'));
  });
  await step("add by keyboard on a +", async () => {
    await state("Last").focus();
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("searchbox").fill("sqs send");
    await dialog.getByRole("button", { name: /sqs: sendMessage Optimized/ }).waitFor();
    await accessible("add");
    await dialog.getByRole("button", { name: /sqs: sendMessage Optimized/ }).press("Enter");
    await state("Send message").waitFor();
  });
  await step("a missing parameter is a problem of the state; filled in, it is none", async () => {
    await page.getByRole("tab", { name: "Data" }).click();
    await page.getByRole("textbox", { name: "Parameters" }).fill('{"QueueUrl": "http://localhost/1/q", "MessageBody.$": "$"}');
    await page.getByRole("region", { name: "Problems" }).getByRole("status").filter({ hasNotText: "error" }).waitFor();
  });
  await step("duplicate and delete by keyboard", async () => {
    await state("Send message").focus();
    await page.keyboard.press("Control+d");
    await page.locator('[data-id="/States/Send message (1)"]').focus();
    await page.keyboard.press("Delete");
    await page.locator('[data-id="/States/Send message (1)"]').waitFor({ state: "detached" });
    await state("Send message").focus();
    await page.keyboard.press("Delete");
    await state("Send message").waitFor({ state: "detached" });
  });
  await step("rules and errors", async () => {
    await state("Which").click();
    await page.getByRole("tab", { name: "Rules" }).click();
    await page.getByLabel("Rule 1: operator").selectOption("NumericLessThan");
    await page.getByLabel("Rule 1: value").fill("9");
    await page.locator(".g-label text", { hasText: "$.n < 9" }).waitFor();
    await page.getByLabel("Rule 1: kind").selectOption("And");
    await accessible("rules");
    await page.getByLabel("Rule 1: kind").selectOption("compare");
  });
  await step("try a state", async () => {
    await page.getByRole("tab", { name: "Test" }).click();
    await page.getByRole("textbox", { name: "Test input" }).fill('{"n": 5}');
    await page.getByRole("button", { name: "Test the state" }).click();
    await page.getByRole("region", { name: "Outcome" }).getByText("Last").waitFor();
    await accessible("test");
  });
  await step("broken code cannot be left", async () => {
    const modes = page.getByRole("group", { name: "Mode" });
    await modes.getByRole("button", { name: "Code" }).click();
    await editor().press("Control+End");
    await page.keyboard.type("x");
    await modes.getByRole("button", { name: "Design" }).click();
    await page.getByText("The text is broken JSON").waitFor();
    await editor().press("Backspace");
    await modes.getByRole("button", { name: "Config" }).click();
    await page.getByRole("heading", { name: "Configuration" }).waitFor();
    await accessible("config");
    await modes.getByRole("button", { name: "Design" }).click();
  });
  await step("save: everything else stays as it was written", async () => {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.locator(".studio-bar").getByText("Saved", { exact: true }).waitFor();
    const expected = TEXT.replace('"Next": "Which"},', '"Next": "Wait"},\n        "Wait": {\n            "Type": "Wait",\n            "Seconds": 7,\n            "Next": "Which"\n        },').replace('"NumericGreaterThan": 3', '"NumericLessThan": 9');
    const found = await saved();
    if (found !== expected) problems.push(`saved: ${found}`);
  });
});
