/** The explanation, the flow and what can be taken away, in Chromium without WebGPU, on a page of their own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../packages/setup/chromium.mjs";
import { launch, open, ROOT, type Site, serve } from "./harness.js";

const SOURCE = join(ROOT, "packages/playground/src");
const ENTRY = "webgfn:figures";
/** The article, the flows of two untrained policies, and what can be taken away. */
const PAGE = `
import "${SOURCE}/style.css";
import { mountArticle } from "${SOURCE}/article/index.ts";
import { gridGraph, setGraph } from "${SOURCE}/article/environments.ts";
import { TabularPolicy } from "${SOURCE}/article/tabular-policy.ts";
import { mountFlow } from "${SOURCE}/flow/index.ts";
import { DEFAULTS } from "${SOURCE}/settings.ts";
import { mountTakeAway } from "${SOURCE}/take-away/index.ts";

await mountArticle(document.getElementById("article"));
const views = { grid: gridGraph(4, (x, y) => 0.1 + x * y), sets: setGraph("abcdef", 3, (members) => members.charCodeAt(0)) };
const figures = Object.entries(views).map(([name, graph]) => {
  const view = mountFlow(document.getElementById(name));
  view.show({ graph, policy: new TabularPolicy(graph).probabilities, colour: "var(--c0)" });
  return { name, content: view.figure };
});
const columns = [{ key: "l1", label: "L1" }];
mountTakeAway(document.getElementById("take-away"), {
  settings: () => ({ ...DEFAULTS, choices: DEFAULTS.choices.slice(1) }),
  steps: () => 50,
  address: () => location.href,
  figures: () => figures,
  curves: () => ({ columns, records: [{ step: 0, runs: [{ values: { l1: 1.5 } }, { values: { l1: 1 } }] }] }),
});
document.body.dataset.state = "ready";
`;
const HTML = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>figures</title><link rel="stylesheet" href="figures.css" /><script type="module" src="figures.js"></script></head>
  <body>${["article", "grid", "sets", "take-away"].map((id) => `<section id="${id}"></section>`).join("")}</body>
</html>`;

describe.skipIf(chromiumPath() === undefined)("figures", () => {
  const folder = mkdtempSync(join(tmpdir(), "webgfn-figures-"));
  let browser: Browser;
  let site: Site;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    await build({
      root: join(ROOT, "packages/playground"),
      configFile: false,
      logLevel: "silent",
      base: "./",
      build: {
        outDir: folder,
        target: "es2022",
        cssCodeSplit: false,
        rollupOptions: { input: ENTRY, output: { entryFileNames: "figures.js", assetFileNames: "figures[extname]" } },
      },
      plugins: [{ name: "entry", resolveId: (id) => (id === ENTRY ? id : null), load: (id) => (id === ENTRY ? PAGE : null) }],
    });
    writeFileSync(join(folder, "index.html"), HTML);
    [browser, site] = await Promise.all([launch(), serve(folder)]);
    ({ page, errors } = await open(browser, { viewport: { width: 900, height: 900 } }));
    await page.goto(site.url);
    await page.waitForFunction(() => document.body.dataset["state"] === "ready");
  });
  afterAll(async () => {
    expect(errors).toEqual([]);
    site?.close();
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const figure = (n: number) => page.locator("#article figure").nth(n);
  const readout = (n: number) => figure(n).locator(".article-readout");
  /** Moves a slider by keys, as a person would. */
  const press = async (slider: Locator, ...keys: string[]) => {
    await slider.focus();
    for (const key of keys) await page.keyboard.press(key);
  };

  it("explain the reward, the steps, the flow and the balance", async () => {
    const distance = async () => Number(/L1: (\d\.\d+)/.exec((await readout(0).textContent()) ?? "")?.[1]);
    const before = await distance();
    await press(figure(0).getByRole("slider", { name: "Samples" }), "End");
    expect(await distance()).toBeLessThan(0.1 * before);

    const next = figure(1).getByRole("button");
    await next.click();
    await next.click();
    expect(await readout(1).textContent()).toMatch(/^\{., .\}: p_F = ¼ · ⅓ = 0\.0833\. .*together 0\.167\./);

    await press(figure(2).getByRole("slider"), "End");
    // Three corners of 1, twelve cells of .1, and the fourth corner.
    expect(await readout(2).textContent()).toBe("Z = 14.2 enter at the bottom left; 10 of them reach the top right corner.");

    const share = async () => Number(/has ([\d.]+) %/.exec((await readout(3).textContent()) ?? "")?.[1]);
    const order = figure(3).getByRole("slider", { name: "Order" });
    await press(order, "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft");
    expect(await readout(3).textContent()).toContain("Forward KL");
    const covering = await share();
    await press(order, "End");
    expect(await share()).toBeLessThan(0.5 * covering);
  });

  it("lose corners by reverse KL, and none by Rényi ½, until the valley is raised", async () => {
    await figure(4).scrollIntoViewIfNeeded();
    await page.waitForFunction(() =>
      document
        .querySelector("figure:last-of-type .article-readout, figure .article-pair ~ .article-readout")
        ?.textContent?.startsWith("After"),
    );
    const found = async () => [...((await readout(4).textContent()) ?? "").matchAll(/has (\d) of 4/g)].map(([, count]) => Number(count));
    const [reverse, half] = await found();
    expect(reverse).toBeLessThan(4);
    expect(half).toBe(4);
    await press(figure(4).getByRole("slider"), "End");
    await expect.poll(async () => (await readout(4).textContent())?.startsWith("After"), { timeout: 20_000 }).toBe(true);
    expect(await found()).toEqual([4, 4]);
  });

  it("multiply p_F and p_B along a path that is chosen by keys or clicks", async () => {
    const grid = page.locator("#grid");
    await grid.getByRole("button", { name: "Start again" }).click();
    const drawing = grid.getByRole("img");
    await drawing.focus();
    for (const key of ["ArrowRight", "Enter", "ArrowUp", "Enter"]) await page.keyboard.press(key);
    await grid.getByRole("button", { name: "stop" }).click();
    // A third each at the corner and inside, where all three actions are allowed; (1, 1) has two parents.
    expect(await grid.locator("dd").allTextContents()).toEqual([
      "0.333 · 0.333 · 0.333 = 0.037",
      "1 · 0.5 · 1 = 0.5",
      expect.stringMatching(/^[\d.]+$/),
    ]);
    expect(await grid.locator(".flow-verdict").textContent()).toMatch(/times p_B · R\/Z|nearly in balance|times less/);
    await grid.getByLabel("What the target asks").check();
    expect(await grid.locator(".flow-verdict").textContent()).toContain("nearly in balance");

    const sets = page.locator("#sets");
    await sets.getByRole("button", { name: "Start again" }).click();
    await sets
      .locator(".flow-state", { hasText: /^\{a\}/ })
      .first()
      .click();
    await sets.getByRole("button", { name: "{a, b}" }).click();
    expect((await sets.locator("dd").allTextContents()).slice(0, 2)).toEqual(["0.167 · 0.2 = 0.0333", "1 · 0.5 = 0.5"]);
    const first = await sets.locator(".flow-where").textContent();
    await sets.getByRole("button", { name: "Sample a path" }).click();
    expect(await sets.locator(".flow-where").textContent()).not.toBe(first);
  });

  it("are saved as PNG, SVG and CSV, and the settings as code", async () => {
    const section = page.locator("#take-away");
    for (const title of ["Pictures and curves", "The same as code", "Embed"]) await section.locator("summary", { hasText: title }).click();
    const saved = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent("download"), section.getByRole("button", { name, exact: true }).click()]);
      return readFileSync(await download.path());
    };
    const png = await saved("grid, PNG");
    expect([...png.subarray(1, 4)]).toEqual([..."PNG"].map((letter) => letter.charCodeAt(0)));
    // Twice as many pixels as the drawing has units: 4 cells of 40, and a margin of 2.
    expect(png.readUInt32BE(16)).toBe(2 * 164);
    const svg = (await saved("sets, SVG")).toString();
    expect(svg).toContain(">{d, e, f}<");
    expect(svg).not.toMatch(/var\(|class=/);
    expect((await saved("curves, CSV")).toString()).toBe("step,objective,l1\r\n0,Rényi 0.5,1.5\r\n0,Trajectory balance,1\r\n");
    const code = await section.locator("code").allTextContents();
    expect(code[0]).toMatch(/^npx webgfn train hypergrid .*--objective renyi .*--steps 50/);
    expect(code[1]).toContain('makeObjective("renyi", { alpha: 0.5 })');
    expect(code.at(-1)).toContain(`src="${site.url}?embed"`);
  });

  it("fit a telephone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});
