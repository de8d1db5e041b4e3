// The studio's tools: another query language, the forms of a distributed Map, YAML, a state tried with real data; and 300
// states. In a real browser. Usage: node workshop.mjs ENDPOINT CHROMIUM. Prints what went wrong, or "ok".

import { perform } from "./stage.mjs";

const ROLE = "arn:aws:iam::000000000000:role/r";
const TEXT = `{
    "StartAt": "Shape", // first
    "States": {
        "Shape": {"Type": "Pass", "Parameters": {"m.$": "States.MathAdd($.n, 1)"}, "ResultPath": "$.shaped", "Assign": {"m.$": "$.m"}, "Next": "Odd"},
        "Odd": {"Type": "Pass", "InputPath": "$.shaped", "Next": "Deep"},
        "Deep": {"Type": "Pass", "OutputPath": "$..m", "End": true}
    }
}`;
const YAML = "StartAt: Pause\nStates:\n  # the only one\n  Pause:\n    Type: Wait\n    Seconds: 5\n    End: true\n";
const OLD = JSON.stringify({ StartAt: "Each", States: { Each: { Type: "Map", ItemsPath: "$.items", Parameters: { "x.$": "$$.Map.Item.Value" }, Iterator: { StartAt: "One", States: { One: { Type: "Pass", End: true } } }, End: true } } }, null, 2);

await perform(process.argv[2], process.argv[3], async ({ page, problems, endpoint, forgive, step, accessible, states }) => {
  forgive.push(/^Applying inline style/);
  const state = (name) => page.locator(`[data-id="/States/${name}"]`);
  const create = async (name, definition) => (await states("CreateStateMachine", { name, definition, roleArn: ROLE })).stateMachineArn;
  const studio = async (arn, first) => {
    await page.goto(`${endpoint}/#/machines/${arn}/edit`);
    await state(first).waitFor();
  };
  const code = async () => {
    await page.getByRole("group", { name: "Mode" }).getByRole("button", { name: "Code" }).click();
    const found = await page.getByRole("textbox", { name: "Definition", exact: true }).evaluate((each) => each.innerText);
    await page.getByRole("group", { name: "Mode" }).getByRole("button", { name: "Design" }).click();
    return found;
  };
  async function drag(from, to) {
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
    await page.mouse.down();
    await page.mouse.move(b.x + b.width / 3, b.y + b.height / 3, { steps: 8 });
    await page.mouse.up();
  }
  const same = (what, found, expected) => found !== expected && problems.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);

  await step("convert what can be converted", async () => {
    const arn = await create("converted", JSON.stringify(JSON.parse(TEXT.replace("// first", "")), null, 2));
    await states("StartExecution", { stateMachineArn: arn, input: '{"n": 41}' });
    await studio(arn, "Shape");
    await page.getByLabel("Query language").selectOption("JSONata");
    const dialog = page.getByRole("dialog", { name: "Convert the workflow to JSONata" });
    await dialog.getByText("2 states can be converted, 1 cannot").waitFor();
    await dialog.getByText(/of \d+ runs on made up inputs came out the same|No input could be made up/).waitFor();
    await dialog.getByRole("region", { name: /No exact counterpart/ }).getByText("Deep").waitFor();
    await accessible("convert");
    await dialog.getByRole("button", { name: "Convert 2 states" }).click();
    await page.getByText("Not saved").first().waitFor();
    const text = await code();
    if (!text.includes('"Output"') || !text.includes('"OutputPath": "$..m"') || (text.match(/"QueryLanguage": "JSONata"/g) ?? []).length !== 2) problems.push(`converted: ${text}`);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator(".studio-bar").getByText("Saved", { exact: true }).waitFor();
  });
  await step("convert one state, and say what the way back would take", async () => {
    await state("Odd").click();
    await page.getByLabel("Query language of this state").selectOption("JSONata");
    await page.getByRole("dialog").getByRole("button", { name: "Convert", exact: true }).click();
    await page.getByRole("tab", { name: "Data" }).click();
    await page.getByRole("textbox", { name: "Output" }).getByText("$states.input.shaped").waitFor();
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByLabel("Query language of this state").selectOption("");
    await page.getByRole("dialog", { name: "JSONata to JSONPath" }).getByText("1 field would have to be rewritten").waitFor();
    await accessible("back to JSONPath");
    await page.getByRole("button", { name: "Keep JSONata" }).click();
    await page.getByRole("button", { name: "Undo" }).click();
  });
  await step("try a state with the data of an execution, then the next one", async () => {
    await state("Shape").click();
    await page.getByRole("tab", { name: "Test" }).click();
    await page.getByLabel("Data of").selectOption({ index: 1 });
    await page.getByRole("textbox", { name: "Test input" }).getByText("41").waitFor();
    await page.getByRole("button", { name: "Test the state" }).click();
    await page.getByRole("button", { name: "Test that next" }).click();
    await page.getByRole("region", { name: "State Odd" }).waitFor();
    await page.getByRole("textbox", { name: "Test input" }).getByText("42").waitFor();
    await page.getByRole("button", { name: "Test the state" }).click();
    await page.getByText("Stage by stage", { exact: true }).click();
    await accessible("tried");
  });
  await step("an older Map is shown and rewritten", async () => {
    await studio(await create("older", OLD), "Each");
    await state("Each").click({ position: { x: 60, y: 20 } });
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Write as ItemProcessor" }).click();
    await page.getByRole("combobox", { name: "Mode" }).selectOption("DISTRIBUTED");
    await page.getByLabel("Child executions").selectOption("EXPRESS");
    await page.getByRole("tab", { name: "Items" }).click();
    await page.getByRole("button", { name: "Add Items from a file" }).click();
    await page.getByLabel("Format", { exact: true }).selectOption("JSON");
    await page.getByLabel("Pointer to the items").fill("/orders");
    await page.getByRole("button", { name: "Add Batches" }).click();
    await page.getByRole("button", { name: "Add Results to S3" }).click();
    await page.getByLabel("Results", { exact: true }).selectOption("FLATTEN");
    await accessible("items");
    const { States: { Each } } = JSON.parse(await code());
    same("Map", Object.keys(Each).join(), "Type,ItemsPath,ItemSelector,ItemReader,ItemBatcher,ResultWriter,ItemProcessor,End");
    same("reader", JSON.stringify(Each.ItemReader.ReaderConfig), '{"InputType":"JSON","CSVHeaderLocation":"FIRST_ROW","ItemsPointer":"/orders"}');
    same("writer", JSON.stringify(Each.ResultWriter.WriterConfig), '{"Transformation":"FLATTEN"}');
    same("processor", JSON.stringify(Each.ItemProcessor.ProcessorConfig), '{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"}');
  });
  await step("by keyboard alone: add, copy, change, test, undo, save", async () => {
    const arn = await create("keyed", JSON.stringify({ StartAt: "One", States: { One: { Type: "Pass", End: true } } }, null, 2));
    await studio(arn, "One");
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-id") ?? document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    const tabTo = async (wanted, key = "Tab") => {
      for (let count = 0; count < 60 && (await focused()) !== wanted; count += 1) await press(key);
      same("focus", await focused(), wanted);
    };
    const waitFocus = (id) => page.waitForFunction((wanted) => document.activeElement?.getAttribute("data-id") === wanted, id);
    await tabTo("/States/One");
    await press("a");
    await page.getByRole("dialog").waitFor();
    same("focus in the dialog", await focused(), "Find a state or action");
    await page.keyboard.type("wait for a time");
    await press("Tab", "Enter");
    await waitFocus("/States/Wait");
    await press("ArrowUp");
    same("up", await focused(), "/States/One");
    await press("Enter", "Control+c", "Control+v");
    await waitFocus("/States/One (1)").catch(() => undefined);
    await state("One (1)").waitFor();
    await press("Control+z");
    await state("One (1)").waitFor({ state: "detached" });
    await tabTo("/States/One", "Shift+Tab");
    await press("ArrowDown", "Enter");
    await page.getByRole("region", { name: "State Wait" }).waitFor();
    await press("Control+s");
    await page.locator(".studio-bar").getByText("Saved", { exact: true }).waitFor();
    const { States } = JSON.parse((await states("DescribeStateMachine", { stateMachineArn: arn })).definition);
    same("saved by keyboard", JSON.stringify(States), '{"One":{"Type":"Pass","Next":"Wait"},"Wait":{"Type":"Wait","Seconds":5,"End":true}}');
    await press("Delete");
    await state("Wait").waitFor({ state: "detached" });
    await press("Delete");
    await page.getByText("Begin with a state").waitFor();
    await accessible("empty");
    await drag(page.getByRole("button", { name: /^Succeed End well/ }), page.locator(".first"));
    await state("Succeed").waitFor();
  });
  await step("what a program wrote on one line is put in order, and saved or not", async () => {
    const arn = await create("crammed", JSON.stringify(JSON.parse(OLD)));
    await page.goto(`${endpoint}/#/machines/${arn}?tab=definition`);
    await state("Each").waitFor();
    await page.getByRole("button", { name: "Format" }).click();
    await page.getByText("Not saved").first().waitFor();
    const found = await page.getByRole("textbox", { name: "Definition", exact: true }).evaluate((each) => each.innerText);
    same("formatted", found.trimEnd().split("\n").slice(0, 3).join("|"), '{|  "StartAt": "Each",|  "States": {');
    await page.getByRole("button", { name: "Format" }).click();
    await page.getByText("Formatted already").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    same("discarded", await page.getByText("Not saved").count(), 0);
  });
  await step("YAML is dropped and pasted", async () => {
    await page.goto(`${endpoint}/#/machines?create=1`);
    const dialog = page.getByRole("dialog", { name: "Create state machine" });
    await dialog.getByLabel("File with a definition").setInputFiles({ name: "pause.asl.yaml", mimeType: "text/yaml", buffer: Buffer.from(YAML) });
    await page.getByText("Converted YAML to JSON; 1 line of comments left out").waitFor();
    await dialog.locator('[data-id="/States/Pause"]').waitFor();
    if ((await dialog.getByLabel("Name").inputValue()) !== "pause") problems.push("the name is not the file's");
    const editor = dialog.getByRole("textbox", { name: "Definition" });
    await editor.evaluate((element, yaml) => {
      const data = new DataTransfer();
      data.setData("text/plain", yaml);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, YAML.replaceAll("Pause", "Pasted"));
    await dialog.locator('[data-id="/States/Pasted"]').waitFor();
    await page.keyboard.press("Escape");
  });
  await step("300 states: open within a second, edited without a jump", async () => {
    const all = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`S${index}`, index === 299 ? { Type: "Succeed" } : index % 7 === 3 ? { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThan: index, Next: `S${Math.min(index + 3, 299)}` }], Default: `S${index + 1}` } : { Type: "Pass", Next: `S${index + 1}` }]));
    const arn = await create("large", JSON.stringify({ StartAt: "S0", States: all }, null, 2));
    await page.goto(`${endpoint}/#/machines`);
    await page.getByRole("heading", { name: "State machines" }).waitFor();
    const took = await page.evaluate(async (hash) => {
      const began = performance.now();
      location.hash = hash;
      while (document.querySelectorAll("[data-id^='/States/']").length < 300) await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }, `#/machines/${arn}/edit`);
    // Half a second on a quiet machine; this one may do other things, too.
    if (took > 4000) problems.push(`300 states took ${Math.round(took)} ms`);
    await page.goto(`${endpoint}/#/machines/${arn}/edit?state=${encodeURIComponent("/States/S150")}`);
    const place = async () => state("S150").boundingBox();
    await state("S150").waitFor();
    await page.waitForFunction(() => ((top) => top > 0 && top < innerHeight)(document.querySelector("[data-id='/States/S150']").getBoundingClientRect().top));
    const before = await place();
    await page.locator('[data-slot="/States/S149/Next"]').press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: /^Parallel/ }).click();
    await state("Parallel").waitFor();
    const after = await place();
    // The new state is put before it: the one that was chosen stays.
    if (Math.abs(after.y - before.y) > 2 || Math.abs(after.x + after.width / 2 - before.x - before.width / 2) > 2) problems.push(`S150 jumped from ${Math.round(before.y)} to ${Math.round(after.y)}`);
  });
});
