// What every walk through the console needs: a page whose problems are kept, axe in both themes, steps with names.
// A walk prints what went wrong and ends with status 1, or prints "ok".

import axe from "axe-core";
import { chromium } from "playwright-core";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Run `walk` with a stage. `endpoint` is where the console is, `executablePath` the browser, `device` what Playwright takes. */
export async function perform(endpoint, executablePath, walk, device = { viewport: { width: 1440, height: 900 } }) {
  const browser = await chromium.launch({ executablePath, args: ARGS });
  const stage = await open(browser, endpoint, device);
  try {
    await walk(stage);
  } catch (error) {
    if (!stage.problems.length) stage.problems.push(`outside of any step: ${error.stack}`);
  }
  await browser.close();
  console.log(stage.problems.length ? stage.problems.join("\n") : "ok");
  process.exit(stage.problems.length ? 1 : 0);
}

async function open(browser, endpoint, device) {
  const problems = [];
  const context = await browser.newContext({ ...device, bypassCSP: false });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const stage = { page, problems, endpoint, forgive: [] };
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  // Violations of the content security policy are console errors too.
  page.on("console", (message) => {
    if (message.type() === "error" && !stage.forgive.some((pattern) => pattern.test(message.text()))) problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => !request.url().startsWith(endpoint) && !/^(blob|data):/.test(request.url()) && problems.push(`outside request: ${request.url()}`));

  stage.step = async (name, act) => {
    try {
      await act();
    } catch (error) {
      problems.push(`${name}: ${error.message.split("\n").slice(0, 6).join(" | ")}`);
      await page.screenshot({ path: `${process.env.SCREENSHOTS ?? "."}/failed.png` }).catch(() => undefined);
      throw error;
    }
  };
  stage.accessible = async (where) => {
    for (const theme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      // Colours may be on their way.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 250)))));
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
      // The page's policy forbids inline scripts; evaluation through the debugger is not inline.
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules }), RULES);
      // A state's name begins with what is written on it; the rule trips over the chips that count visits.
      const met = violations.filter(({ id, nodes }) => id !== "label-content-name-mismatch" || nodes.some(({ html }) => !html.includes("g-box")));
      for (const { id, help, nodes } of met) problems.push(`axe, ${where}, ${theme}: ${id}: ${help}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target} (${failureSummary?.split("\n")[1]?.trim()})`).join("; ")}`);
    }
  };
  stage.go = (hash) => page.goto(`${endpoint}/${hash}`);
  stage.heading = (name) => page.getByRole("heading", { name }).first().waitFor();
  /** A call of the AWS API, as any client makes it. */
  stage.call = async (service, target, body, path = "") => {
    const response = await fetch(`${endpoint}/${path}`, {
      method: "POST",
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`, "content-type": "application/x-amz-json-1.0", ...(target && { "x-amz-target": target }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${target || path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  stage.states = (operation, body) => stage.call("states", `AWSStepFunctions.${operation}`, body);
  return stage;
}
