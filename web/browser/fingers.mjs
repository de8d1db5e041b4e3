// The studio by finger on a small screen: pan, pinch, tap a +, drag a state by resting on it; targets are large enough.
// Usage: node fingers.mjs ENDPOINT CHROMIUM. Prints what went wrong and ends with status 1, or prints "ok".

import { perform } from "./stage.mjs";

const TEXT = JSON.stringify({ StartAt: "First", States: { First: { Type: "Pass", Next: "Second" }, Second: { Type: "Wait", Seconds: 1, Next: "Third" }, Third: { Type: "Pass", End: true } } }, null, 2);
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

await perform(process.argv[2], process.argv[3], async ({ page, problems, endpoint, step, accessible, states }) => {
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, ...points) => cdp.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const state = (name) => page.locator(`[data-id="/States/${name}"]`);
  const slot = (id) => page.locator(`[data-slot="${id}"]`);
  const centre = async (locator) => {
    const { x, y, width, height } = await locator.boundingBox();
    return [x + width / 2, y + height / 2];
  };
  async function move(from, to, steps = 8) {
    for (let index = 1; index <= steps; index += 1) await touch("touchMove", [from[0] + ((to[0] - from[0]) * index) / steps, from[1] + ((to[1] - from[1]) * index) / steps]);
  }
  /** Fit the picture, and wait until it stands still. */
  const fit = async () => {
    await page.getByRole("button", { name: "Fit to view" }).tap();
    await page.evaluate(() => new Promise((done) => {
      let [last, times] = ["", 0];
      const look = () => {
        const now = document.querySelector(".graph-room > svg > g").getAttribute("transform");
        times = now === last ? times + 1 : 0;
        last = now;
        if (times > 8) done();
        else requestAnimationFrame(look);
      };
      look();
    }));
  };
  /** By the width of a box: the scale of the picture. */
  const width = async () => (await state("First").boundingBox()).width;
  const same = (what, found, expected) => found !== expected && problems.push(`${what}: ${found} instead of ${expected}`);

  await step("the studio", async () => {
    const { stateMachineArn } = await states("CreateStateMachine", { name: `touched-${Date.now()}`, definition: TEXT, roleArn: "arn:aws:iam::000000000000:role/r" });
    await page.goto(`${endpoint}/#/machines/${stateMachineArn}/edit`);
    await state("First").waitFor();
    await accessible("studio on a phone");
  });
  await step("one finger moves the picture, also from a state on", async () => {
    const [x, y] = await centre(state("First"));
    await touch("touchStart", [x, y]);
    await move([x, y], [x + 40, y + 30]);
    await touch("touchEnd");
    const [nx, ny] = await centre(state("First"));
    if (Math.hypot(nx - x - 40, ny - y - 30) > 8) problems.push(`pan: moved by ${nx - x}, ${ny - y}`);
  });
  await step("two fingers zoom", async () => {
    const before = await width();
    const { x, y } = await page.locator(".graph").boundingBox();
    await touch("touchStart", [x + 150, y + 150], [x + 200, y + 200]);
    for (let index = 1; index <= 6; index += 1) await touch("touchMove", [x + 150 + index * 4, y + 150 + index * 4], [x + 200 - index * 2, y + 200 - index * 2]);
    await touch("touchEnd");
    if ((await width()) >= before) problems.push("pinch: the picture is as large as before");
  });
  await step("tap a + and choose", async () => {
    await fit();
    await slot("/States/First/Next").tap();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Choice/ }).tap();
    await state("Choice").waitFor();
    await page.getByRole("button", { name: "Undo" }).tap();
    await state("Choice").waitFor({ state: "detached" });
  });
  await step("rest on a state, then drag it", async () => {
    await fit();
    const from = await centre(state("Third"));
    await touch("touchStart", from);
    await page.locator(".ghost").waitFor();
    await move(from, await centre(slot("/StartAt")));
    await page.locator('.g-slot.lit[data-slot="/StartAt"]').waitFor();
    await touch("touchEnd");
    await page.getByText("Not saved").first().waitFor();
    await page.waitForFunction(() => document.querySelector('[data-slot="/States/Third/Next"]'));
    const found = (await page.evaluate(() => [...document.querySelectorAll("[data-slot]")].map((each) => each.dataset.slot))).join();
    same("drag", found, "/StartAt,/States/Third/Next,/States/First/Next,/States/Second/End");
  });
  await step("targets are 44 pixels", async () => {
    await state("First").tap();
    const small = await page.evaluate(() => [...document.querySelectorAll(".studio button, .studio select, .studio input:not([type=checkbox]), .studio [role=tab]")].map((each) => ({ name: each.getAttribute("aria-label") ?? each.textContent, box: each.getBoundingClientRect() })).filter(({ box }) => box.width && box.height < 43.5).map(({ name, box }) => `${name} ${Math.round(box.width)}x${Math.round(box.height)}`));
    if (small.length) problems.push(`small targets: ${small.join("; ")}`);
  });
}, PHONE);
