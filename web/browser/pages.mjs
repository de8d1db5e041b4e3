// From the first minute on an empty server to many executions at once: examples, functions written in the console, inputs as
// forms, bulk actions beyond what is shown, any ARN, figures that are pushed, and where the keyboard is.
// Usage: node pages.mjs ENDPOINT CHROMIUM

import { perform } from "./stage.mjs";

const ROLE = "arn:aws:iam::000000000000:role/r";
const PLACE = "arn:aws:states:us-east-1:000000000000";
const ORDERS = {
  StartAt: "Which",
  States: {
    Which: { Type: "Choice", Choices: [{ Variable: "$.order.total", NumericGreaterThan: 100, Next: "Good" }, { Variable: "$.plan", StringEquals: "paid", Next: "Good" }], Default: "Bad" },
    Good: { Type: "Succeed" },
    Bad: { Type: "Fail", Error: "Orders.Lost" },
  },
};

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, step, accessible, go, heading } = stage;
  const dialog = page.getByRole("dialog");
  const text = () => dialog.getByRole("textbox", { name: "Input", exact: true });
  const write = async (wanted) => {
    await text().click();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(wanted);
  };
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
  const expect = (found, wanted, what) => { if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`); };

  await step("an empty server offers examples and ways to deploy", async () => {
    await go("#/machines");
    await heading("No state machines yet");
    await page.getByRole("button", { name: "Python" }).click();
    await page.getByText('boto3.client(').waitFor();
    await accessible("first minute");
  });
  await step("an example is created with the function that it calls, and runs", async () => {
    await page.getByRole("link", { name: /check its answer/ }).click();
    await dialog.getByText("The definition is valid.").waitFor();
    await accessible("create with an example");
    await dialog.getByRole("button", { name: "Create", exact: true }).click();
    await heading("Not run yet");
    await page.getByRole("group", { name: "Picture of the definition" }).or(page.getByLabel("Picture of the definition")).first().waitFor();
    await accessible("not run yet");
    await page.getByRole("button", { name: "Start execution" }).first().click();
    await dialog.getByRole("button", { name: "Start execution" }).click();
    await page.getByText("Hello from Lambda!").first().waitFor();
  });
  await step("a function is written, tried, changed and deployed", async () => {
    await go("#/functions?create=1");
    await dialog.getByLabel("Name").fill("my_lambda_function");
    await dialog.getByText("There is a function of this name.").waitFor();
    await dialog.getByLabel("Name").fill("answer");
    await accessible("create function");
    await dialog.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name: "answer" }).waitFor();
    await page.getByRole("button", { name: "Invoke" }).click();
    await page.getByText('"statusCode"').waitFor();
    await page.getByRole("tab", { name: "Code" }).click();
    await page.getByRole("button", { name: "Edit" }).click();
    const source = page.getByRole("textbox", { name: "lambda_function.py" });
    await source.fill("def lambda_handler(event, context):\n    return {'second': 'edition'}\n");
    await accessible("code of a function");
    await page.getByRole("button", { name: "Deploy" }).click();
    await page.getByText("Deployed answer").waitFor();
    await page.getByRole("tab", { name: "Test" }).click();
    await page.getByRole("button", { name: "Invoke" }).click();
    await page.getByText('"edition"').waitFor();
  });

  const orders = `${PLACE}:stateMachine:orders`;
  await stage.states("CreateStateMachine", { name: "orders", definition: JSON.stringify(ORDERS), roleArn: ROLE });
  await step("bad JSON is refused with its line and column", async () => {
    await go(`#/machines/${orders}?start=1`);
    await write('{ "order": {"total": 5,} }');
    await dialog.getByText("No comma stands before }: line 1, column 23").waitFor();
    if (await dialog.getByRole("button", { name: "Start execution" }).isEnabled()) throw new Error("broken JSON can be started");
    await dialog.getByRole("button", { name: "Form", exact: true }).click();
    await dialog.getByText("The text is no JSON").waitFor();
    await dialog.getByRole("button", { name: "Change the text" }).click();
    await write("{}");
    await dialog.getByText("order.total").waitFor();
  });
  await step("the form has what the definition reads, and writes JSON", async () => {
    await dialog.getByRole("button", { name: "Form", exact: true }).click();
    await dialog.getByLabel("order.total").fill("much");
    await dialog.getByText("This is no number").waitFor();
    await dialog.getByLabel("order.total").fill("150");
    await dialog.getByLabel("plan").fill("paid");
    await accessible("start with a form");
    await dialog.getByRole("button", { name: "JSON", exact: true }).click();
    await dialog.getByText('"total": 150').waitFor();
  });
  await step("an input is saved by name, and there again after a reload", async () => {
    await dialog.getByRole("button", { name: "Saved inputs" }).click();
    await page.getByRole("menuitem", { name: "Save this input" }).click();
    await page.getByRole("dialog", { name: "Save this input" }).getByLabel("Name").fill("a good one");
    await accessible("save an input");
    await page.keyboard.press("Enter");
    await page.getByText("Saved a good one").waitFor();
    await page.reload();
    await dialog.getByRole("button", { name: "Saved inputs" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Write all to a file" }).click()]);
    expect(file.suggestedFilename(), "orders-inputs.json", "file");
    await dialog.getByRole("button", { name: "Saved inputs" }).click();
    await page.getByRole("menuitem", { name: "a good one" }).click();
    await dialog.getByText('"total": 150').waitFor();
    await dialog.getByRole("button", { name: "Start execution" }).click();
    await page.waitForURL(/#\/executions\//);
    await heading(/^[0-9a-f-]{36}/);
  });
  await step("a JSON schema makes the form", async () => {
    await go(`#/machines/${orders}?start=1`);
    await dialog.getByRole("button", { name: "Form", exact: true }).click();
    await dialog.getByRole("button", { name: "Schema" }).click();
    await page.getByRole("textbox", { name: "Schema" }).click();
    await page.keyboard.insertText('{"properties": {"size": {"enum": ["S", "M"], "description": "of the shirt"}}}');
    await page.getByText("1 field.").waitFor();
    await accessible("schema");
    await page.getByRole("button", { name: "Use", exact: true }).click();
    await dialog.getByText("of the shirt").waitFor();
    await page.keyboard.press("Escape");
  });

  await step("more than is shown is redriven at once, by its number", async () => {
    await Promise.all(Array.from({ length: 70 }, (_, number) => stage.states("StartExecution", { stateMachineArn: orders, name: `bad-${number}`, input: '{"order": {"total": 1}}' })));
    await go(`#/machines/${orders}?name=bad-`);
    await page.getByLabel("Select all that are shown").check();
    await page.getByText("50 selected").waitFor();
    await page.getByRole("button", { name: "Select all that match the filter" }).click();
    await accessible("all that match");
    await page.getByRole("button", { name: /^Redrive/ }).click();
    await dialog.getByLabel("Type 70 to confirm").fill("70");
    await accessible("redrive all");
    await dialog.getByRole("button", { name: "Redrive 70" }).click();
    await page.getByText("Redriven 70 executions").waitFor();
    const { redriveCount } = await stage.states("DescribeExecution", { executionArn: `${PLACE}:execution:orders:bad-0` });
    expect(redriveCount, 1, "redrives of what was not shown");
  });
  await step("nothing is stopped where nothing runs", async () => {
    await page.getByLabel("Select all that are shown").check();
    await page.getByRole("button", { name: "Select all that match the filter" }).click();
    await page.getByRole("button", { name: /^Stop/ }).click();
    await page.getByRole("heading", { name: "Nothing to stop" }).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });

  await step("many state machines are deleted by their number", async () => {
    await Promise.all(Array.from({ length: 55 }, (_, number) => stage.states("CreateStateMachine", { name: `old-${number}`, definition: JSON.stringify(ORDERS), roleArn: ROLE })));
    await go("#/machines?q=old-");
    await page.getByRole("link", { name: "old-54" }).waitFor();
    await page.getByLabel("Select all that are shown").check();
    await page.getByRole("button", { name: "Select all 55 that match" }).click();
    await accessible("machines selected");
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByLabel("Type 55 to confirm").fill("55");
    await dialog.getByRole("button", { name: "Delete 55" }).click();
    await heading("No state machine has this name");
  });

  await step("any ARN leads to its page", async () => {
    // The Express execution is none that the server remembers, and says so.
    stage.forgive.push(/status of 400/);
    await stage.states("CreateActivity", { name: "by-hand" });
    const jumps = [
      [`${PLACE}:activity:by-hand`, /#\/activities\//],
      ["arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/answer:*", /#\/logs\//],
      ["arn:aws:lambda:us-east-1:000000000000:function:answer:$LATEST", /#\/functions\/answer$/],
      [`${PLACE}:express:orders:run:uuid`, /#\/executions\/.*:express:/],
      [`${orders}:live`, /tab=versions/],
      [`${PLACE}:execution:orders:bad-1`, /#\/executions\//],
    ];
    for (const [arn, address] of jumps) {
      await page.keyboard.press("Control+k");
      await dialog.getByRole("combobox").fill(arn);
      await page.keyboard.press("Enter");
      await page.waitForURL(address);
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: /Compare this execution/ }).waitFor();
    await accessible("palette of a page");
    await dialog.getByRole("combobox").fill("arn:aws:s3:::bucket");
    await page.getByText("The console has no page for this ARN").waitFor();
    await page.keyboard.press("Escape");
    await go(`#/activities/${PLACE}:activity:by-hand`);
    await heading("Take a task");
    await accessible("activity");
    await go("#/compare");
    await heading("Choose two executions");
    await accessible("compare, nothing chosen");
  });

  await step("the keyboard is where one looks: in the new page, in the dialog, back at what opened it", async () => {
    await go("#/machines");
    const opener = page.getByRole("button", { name: "Start orders" });
    await opener.waitFor();
    await opener.focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await focused(), "Start orders", "after a dialog");
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await heading("Dashboard");
    await page.waitForFunction(() => document.activeElement?.id === "main");
    expect(await focused(), "Dashboard", "after another page");
  });
  await step("no page asks again and again; what has ended is pushed", async () => {
    let asked = 0;
    page.on("request", (request) => { if (!request.url().includes("/events")) asked += 1; });
    await page.clock.install();
    for (const [hash, title] of [["#/dashboard?range=1h", "Dashboard"], ["#/machines", "State machines"], [`#/machines/${orders}`, "orders"], ["#/functions", "Functions"], ["#/functions/answer?tab=figures", "answer"], ["#/logs", "Logs"], ["#/audit", "Audit"]]) {
      await go(hash);
      await heading(title);
      // What was throttled comes to its end.
      await page.clock.runFor(5000);
      await page.waitForLoadState("networkidle");
      const before = asked;
      await page.clock.runFor(10 * 60_000);
      await page.waitForLoadState("networkidle");
      // A minute of the server's own clock may have slid on meanwhile: that is pushed, and asked for once.
      if (asked - before > 1) throw new Error(`${hash} asked ${asked - before} times in ten minutes`);
    }
    await go("#/dashboard?range=1h");
    const ended = page.locator(".tile", { hasText: "Ended" }).locator("dd");
    await page.clock.runFor(5000);
    await ended.waitFor();
    const old = await ended.textContent();
    await stage.states("StartExecution", { stateMachineArn: orders, input: '{"order": {"total": 500}}' });
    for (let turn = 0; turn < 50 && (await ended.textContent()) === old; turn += 1) {
      await page.clock.runFor(500);
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(await ended.textContent(), String(Number(old) + 1), "ended");
    await accessible("dashboard");
  });
});
