// A newcomer's walk through the console in a real browser: an empty server, a first machine, a first execution.
// Usage: node walk.mjs ENDPOINT CHROMIUM. Prints what went wrong and ends with status 1, or prints "ok".

import axe from "axe-core";
import { chromium } from "playwright-core";

const [endpoint, executablePath] = process.argv.slice(2);
const problems = [];
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: false });
context.setDefaultTimeout(10_000);
const page = await context.newPage();
page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
// Violations of the content security policy are console errors too.
let typing = false;
page.on("console", (message) => {
  if (message.type() !== "error") return;
  // Chromium itself gives text a style attribute when typing replaces coloured text; the policy refuses it, rightly.
  if (typing && message.text().startsWith("Applying inline style")) return;
  problems.push(`console: ${message.text()}`);
});
page.on("request", (request) => !request.url().startsWith(endpoint) && !/^(blob|data):/.test(request.url()) && problems.push(`outside request: ${request.url()}`));

async function step(name, act) {
  try {
    await act();
  } catch (error) {
    problems.push(`${name}: ${error.message.split("\n").slice(0, 6).join(" | ")}`);
    await page.screenshot({ path: `${process.env.SCREENSHOTS ?? "."}/failed.png` }).catch(() => undefined);
    throw error;
  }
}

async function accessible(where) {
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    // Colours may be on their way.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 250)));
    // The page's policy forbids inline scripts; evaluation through the debugger is not inline.
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    // A state's name begins with what is written on it; the rule trips over the chips that count visits.
    const met = violations.filter(({ id, nodes }) => id !== "label-content-name-mismatch" || nodes.some(({ html }) => !html.includes("g-box")));
    for (const { id, help, nodes } of met) problems.push(`axe, ${where}, ${theme}: ${id}: ${help}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} (${failureSummary?.split("\n")[1]?.trim()})`).join("; ")}`);
  }
}

try {
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
    typing = true;
    await editor.fill("{ broken");
    await page.getByRole("button", { name: "Start execution" }).last().isDisabled().then((off) => {
      if (!off) throw new Error("broken JSON can be started");
    });
    await editor.fill('{"hello": "world"}');
    await page.getByText("Valid JSON").waitFor();
    typing = false;
    await accessible("start");
    await editor.press("Control+Enter");
    await page.waitForURL(/executions/);
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
    await page.goto(`${endpoint}/#/machines/arn:aws:states:us-east-1:000000000000:stateMachine:nope`);
    await page.getByRole("heading", { name: "There is no such state machine" }).waitFor();
    // The browser logs the refused request; that is no problem of ours.
    for (let index = problems.length - 1; index >= 0; index -= 1) if (/status of 400/.test(problems[index])) problems.splice(index, 1);
  });
} catch {
  // Already among the problems.
}
await browser.close();
console.log(problems.length ? problems.join("\n") : "ok");
process.exit(problems.length ? 1 : 0);
