// A walk through everything about one execution, in a real browser: branches and items, stages, expressions, replay,
// timeline, comparison, answers, restarts, a map run. Usage: node run.mjs ENDPOINT CHROMIUM. Prints what went wrong, or "ok".

import { perform } from "./stage.mjs";

const ROLE = "arn:aws:iam::000000000000:role/r";

const ITEM = { StartAt: "In", States: { In: { Type: "Pass", End: true } } };
const LINE = {
  StartAt: "First",
  States: {
    First: { Type: "Pass", Assign: { "who.$": "$.name" }, Next: "Which" },
    Which: { Type: "Choice", Choices: [{ Variable: "$.name", StringEquals: "Ada", Next: "Each" }], Default: "Lost" },
    Each: { Type: "Map", ItemsPath: "$.items", ResultPath: "$.done", ItemProcessor: ITEM, Next: "Shape" },
    Shape: { Type: "Pass", InputPath: "$.deep", Parameters: { "greets.$": "$who", "count.$": "$.Count" }, ResultPath: "$.shaped", End: true },
    Lost: { Type: "Fail", Error: "Nobody", Cause: '{"errorMessage": "no Ada", "errorType": "KeyError", "stackTrace": ["line 1"]}' },
  },
};

await perform(process.argv[2], process.argv[3], async (stage) => {
  const { page, endpoint, step, accessible, states } = stage;
  async function start(name, definition, input = {}) {
    const { stateMachineArn } = await states("CreateStateMachine", { name, definition: JSON.stringify(definition), roleArn: ROLE });
    const run = async (given) => (await states("StartExecution", { stateMachineArn, input: JSON.stringify(given) })).executionArn;
    return { first: await run(input), run };
  }
  const open = (arn, query = "") => page.goto(`${endpoint}/#/executions/${arn}${query}`);
  const tab = (name) => page.getByRole("tab", { name, exact: true }).click();
  const view = (name) => page.getByRole("group", { name: "View" }).getByRole("button", { name }).click();
  const activity = (await states("CreateActivity", { name: "ask" })).activityArn;
  const line = await start("line", LINE, { name: "Ada", items: [1, 2, 3], deep: { Count: 3 } });
  const other = await line.run({ name: "Bob", items: [], deep: { Count: 1 } });
  const asking = await start("asking", { StartAt: "Ask", States: { Ask: { Type: "Task", Resource: activity, End: true } } });
  const many = await start("many", { StartAt: "All", States: { All: { Type: "Map", ItemsPath: "$.items", ToleratedFailurePercentage: 50, ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, StartAt: "Bad?", States: { "Bad?": { Type: "Choice", Choices: [{ Variable: "$", NumericEquals: 3, Next: "Bad" }], Default: "Good" }, Good: { Type: "Succeed" }, Bad: { Type: "Fail", Error: "Item.Bad" } } }, End: true } } }, { items: [1, 2, 3, 4] });

  await step("the stages of a step", async () => {
    await open(line.first);
    await page.locator('[data-id="/States/Shape"].ok').click();
    await tab("Flow");
    await page.getByRole("region", { name: "After Parameters", exact: true }).getByText('"greets"').waitFor();
    await accessible("flow");
    await tab("Variables");
    await page.getByRole("cell", { name: "$who" }).waitFor();
    await accessible("variables");
  });
  await step("an expression that finds nothing gets a hint", async () => {
    await tab("Try");
    await page.getByRole("textbox", { name: "Expression" }).fill("$.deep.count");
    await page.getByText("Did you mean").waitFor();
    await accessible("playground");
    await page.getByRole("textbox", { name: "Expression" }).fill("$.deep.Count");
    await page.getByRole("region", { name: "Value · number", exact: true }).getByText("3").waitFor();
  });
  await step("the past is replayed, and has an address", async () => {
    await tab("Data");
    await page.getByRole("slider", { name: "Position in the history" }).fill("3");
    await page.locator('[data-id="/States/Shape"].dim').waitFor();
    await page.waitForURL(/at=3/);
    await accessible("replay");
    await page.getByRole("button", { name: "Play the history" }).click();
    await page.locator('[data-id="/States/Shape"].ok').waitFor();
  });
  await step("one item of a Map alone", async () => {
    await page.getByLabel("Item", { exact: true }).selectOption({ label: "Item 1: succeeded" });
    await page.waitForURL(/in=\d+:1/);
  });
  await step("timeline and states", async () => {
    await view("Timeline");
    await page.getByRole("button", { name: "Fold Each" }).click();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.getByRole("slider", { name: "Position in time" }).waitFor();
    await accessible("timeline");
    await view("States");
    await page.getByRole("button", { name: "Duration" }).click();
    await page.getByRole("searchbox", { name: "Find a state or an error" }).fill("shape");
    await page.getByText("1 visit", { exact: true }).waitFor();
    await accessible("states");
    await view("Events");
    await page.getByLabel("State", { exact: true }).selectOption("Shape");
    await page.getByText("2 events").waitFor();
    await page.getByRole("button", { name: "PassStateExited" }).click();
    await page.waitForURL(/event=\d+/);
    await accessible("events");
  });
  await step("a failure is unfolded", async () => {
    await open(other);
    await page.getByRole("region", { name: "Error", exact: true }).getByText("no Ada").waitFor();
    await accessible("failed");
  });
  await step("compare", async () => {
    await page.goto(`${endpoint}/#/compare?left=${line.first}`);
    await page.getByRole("heading", { name: "Choose another execution" }).waitFor();
    await page.getByLabel("ARN, right").fill(other);
    await page.getByText(/The ways part after Which/).waitFor();
    await page.getByRole("button", { name: "First" }).click();
    await page.getByText("$.name").waitFor();
    await accessible("comparison");
  });
  await step("restart from a state with another input", async () => {
    await open(line.first);
    await page.locator('[data-id="/States/Shape"].ok').click();
    await page.getByRole("button", { name: "Restart from here" }).click();
    await page.getByText(/Valid JSON/).waitFor();
    await accessible("restart");
    await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
    await page.getByText("from Shape of").waitFor();
    await page.locator("h1 + .status", { hasText: "Succeeded" }).waitFor();
    // And back: the old one names what came out of it.
    await page.getByText("from Shape of").getByRole("link").click();
    await page.getByRole("term").filter({ hasText: "Restarted as" }).waitFor();
  });
  await step("answer an activity", async () => {
    await open(asking.first);
    await page.getByRole("button", { name: "Answer" }).first().click();
    await page.getByLabel("Output, JSON").fill('"yes"');
    await accessible("answer");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("h1 + .status", { hasText: "Succeeded" }).waitFor();
  });
  await step("a map run", async () => {
    await open(many.first);
    await page.getByText("3 of 4 items succeeded, 1 failed").waitFor();
    await page.getByRole("button", { name: "First failed" }).click();
    await page.locator('[data-id="/States/Bad"].bad').waitFor();
    await page.goBack();
    await page.locator('[data-id="/States/All"].ok').click();
    await page.getByRole("link", { name: "Child executions" }).click();
    await page.getByText("Item.Bad").waitFor();
    await page.getByRole("application").focus();
    await page.keyboard.press("ArrowRight");
    await accessible("map run");
  });
  await step("a history from a file", async () => {
    const events = await states("GetExecutionHistory", { executionArn: line.first });
    await page.goto(`${endpoint}/#/import`);
    await accessible("import");
    await page.getByLabel("Files of the history").setInputFiles([{ name: "history.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(events)) }, { name: "machine.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(LINE)) }]);
    await page.locator('[data-id="/States/Shape"].ok').click();
    await page.getByRole("heading", { name: "Shape" }).waitFor();
    await accessible("imported");
  });
});
