// The rooms of the console on a server where things have happened: machines, executions in bulk, versions, functions,
// dashboard, logs, audit; and all of it by keyboard alone.
// Usage: node rooms.mjs ENDPOINT CHROMIUM

import { deflateRawSync } from "node:zlib";
import { perform } from "./stage.mjs";

const ROLE = "arn:aws:iam::000000000000:role/r";
const MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:orders";
const DEFINITION = {
  StartAt: "Which",
  States: {
    Which: { Type: "Choice", Choices: [{ Variable: "$.wait", IsPresent: true, Next: "Wait" }, { Variable: "$.ok", IsPresent: true, Next: "Call" }], Default: "Bad" },
    Wait: { Type: "Wait", Seconds: 600, End: true },
    Call: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "greet", "Payload.$": "$" }, End: true },
    Bad: { Type: "Fail", Error: "Orders.Lost", Cause: "the parcel is gone" },
  },
};
const HANDLER = "def run(event, context):\n    print('hello', event)\n    if event.get('fail'):\n        raise ValueError('asked to fail')\n    return {'greeting': 'hello'}\n";

async function prepare({ states, call }) {
  await call("lambda", "", { FunctionName: "greet", Runtime: "python3.12", Handler: "app.run", Role: ROLE, Code: { ZipFile: zip("app.py", HANDLER).toString("base64") }, Environment: { Variables: { TOKEN: "secret-token" } } }, "2015-03-31/functions");
  await states("CreateStateMachine", { name: "orders", definition: JSON.stringify(DEFINITION), roleArn: ROLE });
  for (let number = 0; number < 60; number += 1) {
    const input = number >= 50 ? { wait: 1 } : number % 3 ? { ok: number } : { parcel: number };
    await states("StartExecution", { stateMachineArn: MACHINE, name: `order-${String(number).padStart(3, "0")}`, input: JSON.stringify(input) });
  }
}

/** A package with one file (APPNOTE 4.3). */
function zip(name, text) {
  const packed = deflateRawSync(text);
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(~crc >>> 0, 14);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(text.length, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 6);
  local.copy(central, 8, 6, 30);
  const end = Buffer.alloc(22);
  const body = Buffer.concat([local, Buffer.from(name), packed]);
  const directory = Buffer.concat([central, Buffer.from(name)]);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, directory, end]);
}

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, step, accessible, go, heading } = stage;
  const dialog = page.getByRole("dialog");
  await step("prepare", () => prepare(stage));

  await step("the list shows runs and counts", async () => {
    await go("#/machines");
    await page.getByRole("link", { name: /^Recent executions: .*10 running/ }).waitFor();
    await accessible("machines");
  });
  await step("copy to new", async () => {
    await page.getByRole("button", { name: "More actions for orders" }).click();
    await accessible("menu");
    await page.getByRole("menuitem", { name: "Copy to new" }).click();
    await page.getByRole("button", { name: "Create", exact: true }).last().click();
    await heading("Not run yet");
  });
  await step("delete with the typed name", async () => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    if (await dialog.getByRole("button", { name: "Delete" }).isEnabled()) throw new Error("deleted without confirmation");
    await dialog.getByRole("textbox").fill("orders-copy");
    await accessible("delete");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await heading("State machines");
  });
  await step("executions come page by page and stay where they are", async () => {
    await go(`#/machines/${MACHINE}`);
    await page.getByRole("link", { name: "order-059" }).waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByRole("link", { name: "order-000" }).waitFor();
    await page.getByLabel("Select order-055").check();
    await stage.states("StartExecution", { stateMachineArn: MACHINE, name: "newer", input: '{"wait": 1}' });
    await page.getByRole("link", { name: "newer" }).waitFor();
    if (!(await page.getByLabel("Select order-055").isChecked())) throw new Error("news have undone the selection");
    await page.getByRole("link", { name: "order-000" }).waitFor();
    await accessible("executions");
  });
  await step("stop many, with their number", async () => {
    await page.getByRole("button", { name: "Running", exact: true }).click();
    await page.getByRole("link", { name: "order-049" }).waitFor({ state: "detached" });
    await page.getByLabel("Select all that are shown").check();
    await page.getByRole("button", { name: "Stop" }).click();
    await dialog.getByLabel("Type 11 to confirm").fill("11");
    await accessible("bulk");
    await dialog.getByRole("button", { name: "Stop" }).click();
    await heading("No execution fits");
  });
  await step("find by error and by what is in the input", async () => {
    await go(`#/machines/${MACHINE}?text=%22parcel%22%3A33`);
    await page.getByRole("link", { name: "order-033" }).waitFor();
    await page.getByText("Looked through 61 executions").waitFor();
    await page.getByLabel("Input or output contains").fill("");
    await page.getByLabel("Error contains").fill("lost");
    await page.getByRole("link", { name: "order-048" }).waitFor();
    await page.waitForURL(/error=lost/);
    await accessible("search");
  });
  await step("versions, an alias with weights, tags", async () => {
    await go(`#/machines/${MACHINE}?tab=versions`);
    await page.getByRole("button", { name: "Publish version" }).click();
    await dialog.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("button", { name: "Start version 1" }).waitFor();
    await page.getByRole("button", { name: "Create alias" }).click();
    await dialog.getByLabel("Name").fill("live");
    await accessible("alias");
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Start alias live" }).waitFor();
    await accessible("versions");
    await go(`#/machines/${MACHINE}?tab=details`);
    await page.getByRole("link", { name: "greet" }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await dialog.getByLabel("Key 1").fill("team");
    await dialog.getByLabel("Value 1").fill("orders");
    await accessible("tags");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "team" }).waitFor();
    await accessible("details");
    await go(`#/machines/${MACHINE}?tab=figures&range=1h`);
    await page.getByRole("group", { name: /^Ended executions: Succeeded 33/ }).waitFor();
    await accessible("figures");
  });
  await step("functions: test, code, figures, configuration", async () => {
    await go("#/functions");
    await page.getByRole("link", { name: "orders" }).waitFor();
    await accessible("functions");
    await page.getByRole("link", { name: "greet" }).click();
    await page.getByRole("button", { name: "Invoke" }).click();
    await page.getByText('"greeting"').waitFor();
    await accessible("test");
    await page.getByRole("tab", { name: "Code" }).click();
    await page.getByText("asked to fail").waitFor();
    await accessible("code");
    await page.getByRole("tab", { name: "Figures" }).click();
    await page.getByRole("columnheader", { name: "Request" }).waitFor();
    await accessible("function figures");
    await page.getByRole("tab", { name: "Configuration" }).click();
    await page.getByRole("button", { name: "Show values" }).waitFor();
    if (await page.getByText("secret-token").count()) throw new Error("the environment is not masked");
    await accessible("configuration");
  });
  await step("the dashboard, as a chart and as a table", async () => {
    await go("#/dashboard?range=1h");
    await page.getByText("Orders.Lost").waitFor();
    await accessible("dashboard");
    await page.getByRole("button", { name: "Table" }).first().click();
    await page.getByRole("columnheader", { name: "Succeeded" }).waitFor();
    await accessible("dashboard table");
  });
  await step("logs are followed", async () => {
    await go("#/logs/%2Faws%2Flambda%2Fgreet?span=15m");
    await page.getByRole("log").getByText("hello").first().waitFor();
    await accessible("log");
    await stage.call("lambda", "", { fail: 1, mark: "followed" }, "2015-03-31/functions/greet/invocations");
    await page.getByRole("log").getByText("followed").waitFor();
    await page.getByRole("button", { name: "Error" }).click();
    await page.getByText(/ValueError/).first().waitFor();
    await go("#/logs");
    await page.getByRole("link", { name: "/aws/lambda/greet" }).waitFor();
    await accessible("logs");
  });
  await step("the audit trail", async () => {
    await go("#/audit?kind=write");
    await page.getByText("PublishStateMachineVersion").waitFor();
    await page.getByText("Console").first().waitFor();
    await page.getByRole("button", { name: "TagResource" }).first().click();
    await page.getByText("HIDDEN_DUE_TO_SECURITY_REASONS").or(page.getByText('"eventSource"')).first().waitFor();
    await accessible("audit");
  });
  await step("by keyboard alone: list, sheet, palette, rows", async () => {
    await go("#/dashboard");
    await heading("Dashboard");
    await page.keyboard.press("?");
    await heading("Keyboard");
    await accessible("sheet");
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await heading("State machines");
    await page.getByRole("link", { name: "orders", exact: true }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "newer" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 selected").waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("theme dark");
    await page.keyboard.press("Enter");
    if ((await page.evaluate(() => document.documentElement.dataset.theme)) !== "dark") throw new Error("the palette did not change the theme");
    await page.keyboard.press("/");
    await page.keyboard.type("times rel");
    await page.keyboard.press("Enter");
    await page.getByText(/min ago|s ago|just now/).first().waitFor();
  });
  await step("a small window", async () => {
    await page.setViewportSize({ width: 420, height: 800 });
    for (const hash of ["#/machines", `#/machines/${MACHINE}`, "#/functions", "#/dashboard", "#/logs", "#/audit"]) {
      await go(hash);
      await page.waitForTimeout(300);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      const main = await page.evaluate(() => { const box = document.getElementById("main"); return box.scrollWidth - box.clientWidth; });
      if (wide > 0 || main > 0) throw new Error(`${hash} is ${Math.max(wide, main)} pixels too wide`);
    }
  });
});
