// A server that dies in mid-view and comes back, seen through a proxy that serves the console below a path.
// Usage: node broken.mjs PROXY CHROMIUM; on standard input the driver reads "kill" and "revive" and answers with a line.

import { createInterface } from "node:readline";
import { perform } from "./stage.mjs";

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function driver(order) {
  process.stderr.write(`${order}\n`);
  await answers.next();
}

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, step, accessible, go, heading } = stage;
  // What the browser says of requests that nobody answers.
  stage.forgive.push(/Failed to load resource/, /ERR_/);
  await step("everything is below the path", async () => {
    await go("");
    await page.getByRole("link", { name: "lasting" }).click();
    await page.getByRole("button", { name: "Start execution" }).first().click();
    await page.getByRole("textbox", { name: "Input" }).press("Control+Enter");
    await page.waitForURL(/executions/);
    await page.locator('[data-id="/States/Wait"].run').waitFor();
  });
  await step("a dead server is told at once, and what was there stays", async () => {
    await driver("kill");
    await page.getByText("The server does not answer. What you see is from before").waitFor();
    await page.locator('[data-id="/States/Wait"]').waitFor();
    await accessible("lost");
    await page.getByRole("link", { name: "Functions" }).click();
    await heading("The server does not answer");
    await accessible("offline");
    await page.goBack();
  });
  await step("when it is back everything goes on by itself", async () => {
    await driver("revive");
    await page.getByText("The server does not answer").first().waitFor({ state: "detached", timeout: 20_000 });
    await page.getByRole("navigation", { name: "Main" }).getByText("Live").waitFor();
    await page.locator("h1 + .status", { hasText: "Succeeded" }).waitFor({ timeout: 30_000 });
  });
  await step("an answer that goes wrong is asked for again", async () => {
    const faults = [
      ["HTTP 503", { status: 503, body: "busy" }],
      ["NotJson", { status: 200, contentType: "text/html", body: "<html>please log in</html>" }],
    ];
    for (const [code, answer] of faults) {
      for (const [room, content] of [["#/machines", "lasting"], ["#/functions", "No functions yet"]]) {
        // As if the page had just been opened: nothing is remembered.
        await page.goto("about:blank");
        await page.route(/treadle\/api\/(?!events)|\/$|\/functions/, (route) => (route.request().resourceType() === "fetch" ? route.fulfill(answer) : route.continue()));
        await go(room);
        await page.getByText(code).first().waitFor();
        await page.getByText("The console tries again by itself").first().waitFor();
        await page.unrouteAll();
        await page.getByText(content).first().waitFor();
      }
    }
  });
});
