/** The playground in Chromium, as a person would use it. Networks and batches are tiny: SwiftShader is slow. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeCheckpoint } from "@webgfn/sampler";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, QUIET } from "../../packages/setup/chromium.mjs";
import { run } from "../cli/run.js";
import { launch, open, ROOT, type Site, serve } from "./harness.js";

const GRID = address({ environment: "hypergrid", env: { dimensions: 2, side: 4, r0: 0.1, r1: 0.5, r2: 2 } });
/** Milliseconds that the page may be busy at a stretch. */
const LONGEST_TASK = 200;

function address(settings: object): string {
  const small = {
    objectives: [{ objective: "reverse-kl", parameters: {}, estimator: "paper" }],
    batchSize: 16,
    width: 8,
    learningRate: 0.02,
  };
  const texts = Object.entries({ ...small, ...settings }).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return `#${new URLSearchParams(texts)}`;
}

describe.skipIf(chromiumPath() === undefined)("the playground", () => {
  const folder = mkdtempSync(join(tmpdir(), "webgfn-playground-"));
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    const outDir = join(folder, "site");
    await build({ root: join(ROOT, "packages/playground"), logLevel: "silent", build: { outDir, emptyOutDir: true } });
    [browser, site] = await Promise.all([launch(), serve(outDir)]);
  });
  afterAll(async () => {
    site?.close();
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const state = (page: Page, value: string) => page.waitForFunction((wanted) => document.body.dataset["state"] === wanted, value);
  const stepOf = async (page: Page) => Number(await page.locator("body").getAttribute("data-step"));
  const trainedTo = (page: Page, step: number) => page.waitForFunction((least) => Number(document.body.dataset["step"]) >= least, step);
  const distanceOf = async (page: Page) => Number(/(?:L1|JS) ([\d.e-]+)/.exec((await page.textContent("#state")) ?? "")?.[1]);

  async function visit(hash: string, options: Parameters<typeof open>[1] = {}): Promise<{ page: Page; errors: string[] }> {
    const opened = await open(browser, options);
    await opened.page.goto(site.url + hash);
    await state(opened.page, "ready");
    return opened;
  }

  async function pause(page: Page): Promise<number> {
    await page.getByRole("button", { name: "Pause" }).click();
    // Whatever was under way is done when the picture of the pause has come.
    let step = await stepOf(page);
    for (;;) {
      await page.waitForTimeout(700);
      const now = await stepOf(page);
      if (now === step) return step;
      step = now;
    }
  }

  it("trains, pauses, steps, changes its target, exports for the command line, imports, and is shared", async () => {
    const { page, errors } = await visit(GRID);
    expect(await page.textContent("#state")).toContain("step 0");
    const before = await distanceOf(page);
    await page.evaluate(`globalThis.tasks = []; new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
    }).observe({ type: "longtask" });`);
    await page.getByRole("button", { name: "Train" }).click();
    await trainedTo(page, 60);
    const step = await pause(page);
    expect(await distanceOf(page)).toBeLessThan(0.8 * before);
    const tasks = (await page.evaluate("globalThis.tasks")) as number[];
    expect(Math.max(0, ...tasks)).toBeLessThan(LONGEST_TASK);

    await page.getByRole("button", { name: "One step" }).click();
    await trainedTo(page, step + 1);
    expect(await stepOf(page)).toBe(step + 1);

    const label = () => page.getByRole("img", { name: /^Target: largest/ }).getAttribute("aria-label");
    const target = await label();
    expect(await page.textContent("#state")).toContain("(exact 1.281)");
    // r2 does nothing on a grid of side 4, which has no band: r1 does.
    await page.getByRole("slider", { name: "r1, outer" }).focus();
    await page.keyboard.press("End");
    await page.waitForFunction((old) => !document.querySelector("#state")?.textContent?.includes(String(old)), "(exact 1.281)");
    expect(await page.textContent("#state")).toContain(`(exact ${Math.log(16 * 0.1 + 4 * 10).toFixed(3)})`);
    expect(await label()).not.toBe(target);

    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`hypergrid-reverse-kl-${step + 1}.safetensors`);
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    const { configuration } = decodeCheckpoint(readFileSync(file));
    expect(JSON.parse(configuration).env).toMatchObject({ side: 4, r1: 10 });
    const { status, stdout, stderr } = await run(["sample", file, "--count", "3"]);
    expect(status, stderr).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] as string).object.coordinates).toHaveLength(2);

    const shared = page.url();
    await page.getByRole("button", { name: "Reset" }).click();
    await page.waitForFunction(`document.body.dataset.step === "0"`);
    await page.setInputFiles("#file", file);
    await page.waitForFunction((wanted) => document.body.dataset["step"] === String(wanted), step + 1);
    expect(await page.locator("#r1").inputValue()).toBe("1");
    expect(errors).toEqual([]);
    await page.close();

    const again = await visit(new URL(shared).hash);
    expect(await again.page.locator("#r1").inputValue()).toBe("1");
    expect(await again.page.locator("#environment").inputValue()).toBe("hypergrid");
    expect(await again.page.locator("#objective-0").inputValue()).toBe("reverse-kl");
    expect(again.errors).toEqual([]);
    await again.page.close();
  });

  it("goes on where it was when the GPU is lost, and says what is wrong with a file", async () => {
    const { page } = await visit(GRID);
    await page.getByRole("button", { name: "Train" }).click();
    await trainedTo(page, 5);
    const step = await pause(page);
    await page.setInputFiles("#file", { name: "cat.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a checkpoint at all") });
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("cat.jpg is not a readable safetensors file");
    expect(await stepOf(page)).toBe(step);

    const devtools = await browser.newBrowserCDPSession();
    await devtools.send("Browser.crashGpuProcess");
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toMatch(/GPU was lost|device was lost/);
    await page.getByRole("button", { name: "Try again" }).click();
    await state(page, "ready");
    expect(await page.getByRole("alert").isHidden()).toBe(true);
    expect(await stepOf(page)).toBe(step);
    await page.getByRole("button", { name: "Train" }).click();
    await trainedTo(page, step + 1);
    await page.close();
  });

  it("moves, adds and weighs Gaussians by pointer and keyboard while it trains", async () => {
    const env = {
      means: [
        [0, 0],
        [2, 2],
      ],
      variance: 0.1,
    };
    const { page, errors } = await visit(address({ environment: "gaussian-mixture", env }));
    await page.getByRole("button", { name: "Train" }).click();
    await trainedTo(page, 1);
    const handle = page.getByRole("button", { name: /^Gaussian 1 at/ });
    const box = (await handle.boundingBox()) as { x: number; y: number; width: number; height: number };
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const [, x, y] = /at (-?[\d.]+), (-?[\d.]+)/.exec((await handle.getAttribute("aria-label")) ?? "") ?? [];
    expect(Number(x)).toBeGreaterThan(0.3);
    expect(Math.abs(Number(y))).toBeLessThan(0.05);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("+");
    expect(await handle.getAttribute("aria-label")).toBe(`Gaussian 1 at ${x}, ${(Number(y) + 0.05).toFixed(2)}, weight 1.25`);
    await page.getByRole("button", { name: "Add a Gaussian" }).click();
    expect(await page.getByRole("button", { name: /^Gaussian \d at/ }).count()).toBe(3);
    const trained = await stepOf(page);
    await trainedTo(page, trained + 1);
    await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get("env")?.includes(`"weights":[1.25,1,1]`));
    expect(errors).toEqual([]);
    await page.close();
  });

  it("is mended where settings are wrong, has a name for every control, fits a phone, and measures the gradient's variance", async () => {
    const { page, errors } = await open(browser, { viewport: { width: 360, height: 740 } });
    await page.goto(site.url + address({ environment: "sequences", env: { symbols: 3, length: 0, dataSeed: 0 } }));
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toContain("sequences' length must be a whole number from 1 to 64, not 0");
    await page.getByText("What to train and how").click();
    await page.getByLabel("Longest").fill("2");
    await page.getByLabel("Longest").press("Enter");
    await state(page, "ready");
    expect(await page.getByRole("alert").isHidden()).toBe(true);
    expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
    const unnamed = await page.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLInputElement>("input, select, textarea, button"))
        .filter((control) => !control.ariaLabel && !control.labels?.length && !control.textContent?.trim())
        .map(({ outerHTML }) => outerHTML),
    );
    expect(unnamed).toEqual([]);
    // The empty sequence, three of one symbol, nine of two.
    expect(await page.locator(".ranking tbody tr").count()).toBe(13);
    await page.getByLabel("Measure it now and then").check();
    await page.locator(".meter").waitFor();
    expect(await page.textContent("#gauge")).toMatch(/Control variates \(paper\) make it [\d.e+]+ times (smaller|larger)/);
    expect(errors).toEqual([]);
    await page.close();
  });

  describe("a reward of one's own", () => {
    const SETS = { environment: "sets", env: { items: 4, size: 2, dataSeed: 0 } };
    const logZ = (page: Page, value: number) =>
      page.waitForFunction((text) => document.querySelector("#state")?.textContent?.includes(text), `(exact ${value.toFixed(3)})`);
    /** log Z of log R = the sum of a pair's items times a factor: 1, 2, 3, 3, 4, 5. */
    const sumOfPairs = (factor: number) => Math.log([1, 2, 3, 3, 4, 5].reduce((sum, value) => sum + Math.exp(factor * value), 0));
    const field = (page: Page) => page.getByLabel("log R of one object");
    const use = (page: Page) => page.getByRole("button", { name: "Run this expression" });
    const firstRow = (page: Page) => page.locator(".ranking tbody tr").first().textContent();
    /** Hears every object for which the expression is run, wherever that is. */
    const TELLING = "(new BroadcastChannel('ran').postMessage(items), items[0] + items[1])";
    const listen = (page: Page) =>
      page.evaluate(`globalThis.ran = []; new BroadcastChannel("ran").onmessage = ({ data }) => globalThis.ran.push(data);`);
    const ran = async (page: Page) => ((await page.evaluate("globalThis.ran")) as unknown[]).length;

    it("is an expression that is typed, becomes the target, and is trained with", async () => {
      const { page, errors } = await visit(address(SETS));
      expect(await field(page).getAttribute("placeholder")).toContain("items.reduce");
      expect(await use(page).count()).toBe(0);
      await field(page).fill("items.reduce((sum, i) => sum + i, 0)");
      expect(await stepOf(page)).toBe(0);
      await use(page).focus();
      await page.keyboard.press("Enter");
      await logZ(page, sumOfPairs(1));
      await state(page, "ready");
      expect(await firstRow(page)).toContain("{2, 3}");
      expect(await page.locator("#editor").isHidden()).toBe(true);
      expect(await page.evaluate("document.activeElement.id")).toBe("use-reward");
      const before = await distanceOf(page);
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, 150);
      await pause(page);
      expect(await distanceOf(page)).toBeLessThan(0.6 * before);

      await page.getByLabel("β").fill("-1");
      await page.getByLabel("β").press("Enter");
      expect(await page.getByLabel("β").evaluate((input: HTMLInputElement) => input.validationMessage)).toContain("This must be");
      await page.getByLabel("β").fill("2");
      await page.getByLabel("β").press("Enter");
      await logZ(page, sumOfPairs(2));

      await field(page).fill("");
      await page.getByRole("button", { name: "Use the environment’s own" }).click();
      await page.locator("#editor").waitFor();
      await page.waitForFunction((old) => !document.querySelector("#state")?.textContent?.includes(old), sumOfPairs(2).toFixed(3));
      expect(errors).toEqual([]);
      await page.close();
    });

    it("says beside its field what is wrong, with the object, and loses nothing", async () => {
      const { page, errors } = await visit(address(SETS));
      await field(page).fill("items[0] + items[1]");
      await use(page).click();
      await logZ(page, sumOfPairs(1));
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, 5);
      const step = await pause(page);
      const shown = page.url();
      for (const [text, words] of [
        ["items.reduce(", /^The expression is not one that can be compiled: .+ What to do: write one JavaScript expression of items\.$/],
        ["item.length", /^The expression failed \(item is not defined\) at \{0, 1\}\. What to do: name only items/],
        ["items.includes(3) ? NaN : 1", /^The expression gave NaN at \{\d, 3\}\. What to do/],
        ["items.includes(3) ? Math.log(0) : 1", /^The expression gave -Infinity at \{\d, 3\}\. What to do: give .+ such as -50\.$/],
        ["items.length > 1", /^The expression gave true at \{0, 1\}/],
        ["items.includes(3) ? (() => { for (;;); })() : 1", /^The expression was stopped after 5 s, at \{\d, 3\}, object \d of 6\./],
      ] as const) {
        await field(page).fill(text);
        await use(page).click();
        await page.getByRole("alert").waitFor();
        expect(await page.getByRole("alert").textContent()).toMatch(words);
        expect(await field(page).getAttribute("aria-invalid")).toBe("true");
        expect(await field(page).inputValue()).toBe(text);
      }
      expect(await stepOf(page)).toBe(step);
      expect(page.url()).toBe(shown);
      expect(await page.textContent("#state")).toContain(sumOfPairs(1).toFixed(3));
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, step + 1);
      expect(errors).toEqual([]);
      await page.close();
    });

    it("is not run because a link holds it", async () => {
      const { page, errors } = await open(browser);
      await page.goto(site.url);
      await listen(page);
      await page.goto(site.url + address({ ...SETS, reward: TELLING }));
      await page.waitForFunction("document.querySelectorAll('.ranking tbody tr').length === 6");
      expect(await field(page).inputValue()).toBe(TELLING);
      expect(await page.locator("#reward-note").textContent()).toContain("has not been run");
      await page.getByRole("button", { name: "One step" }).click();
      await trainedTo(page, 1);
      await page.getByRole("spinbutton", { name: "Batch" }).fill("24");
      await page.getByRole("spinbutton", { name: "Batch" }).press("Tab");
      await page.waitForFunction("document.body.dataset.step === '0'");
      await state(page, "ready");
      expect(await ran(page)).toBe(0);
      expect(await page.textContent("#state")).not.toContain(sumOfPairs(1).toFixed(3));
      expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("reward")).toBe(TELLING);

      await use(page).click();
      await logZ(page, sumOfPairs(1));
      expect(await ran(page)).toBe(6);
      // It is evaluated once for a target, and not again for another batch.
      await page.getByRole("spinbutton", { name: "Batch" }).fill("16");
      await page.getByRole("spinbutton", { name: "Batch" }).press("Tab");
      await state(page, "starting");
      await logZ(page, sumOfPairs(1));
      expect(await ran(page)).toBe(6);
      expect(errors).toEqual([]);
      await page.close();
    });

    it("goes into a checkpoint as a table, and comes back without being run", async () => {
      const { page, errors } = await visit(address(SETS));
      await listen(page);
      await field(page).fill(TELLING);
      await use(page).click();
      await logZ(page, sumOfPairs(1));
      await page.getByRole("button", { name: "One step" }).click();
      await trainedTo(page, 1);
      const downloading = page.waitForEvent("download");
      await page.getByRole("button", { name: "Export" }).click();
      const file = join(folder, "expression.safetensors");
      await (await downloading).saveAs(file);
      const { status, stdout, stderr } = await run(["sample", file, "--count", "4"]);
      expect(status, stderr).toBe(0);
      for (const line of stdout.trim().split("\n")) {
        const { object, logReward } = JSON.parse(line);
        expect(logReward).toBeCloseTo(object.items[0] + object.items[1], 5);
      }

      await field(page).fill("");
      await page.getByRole("button", { name: "Use the environment’s own" }).click();
      await page.waitForFunction("document.body.dataset.step === '0'");
      const before = await ran(page);
      await page.setInputFiles("#file", file);
      await trainedTo(page, 1);
      expect(await field(page).inputValue()).toBe(TELLING);
      expect(await page.textContent("#state")).not.toContain(sumOfPairs(1).toFixed(3));
      expect(await ran(page)).toBe(before);
      await use(page).click();
      await logZ(page, sumOfPairs(1));
      expect(await stepOf(page)).toBe(1);
      expect(errors).toEqual([]);
      await page.close();
    });
  });

  it("trains on data of one's own, pasted or opened, beside the exact posterior, and says beside the field what is wrong", async () => {
    const { page, errors } = await visit(address({ environment: "dags", env: { variables: 3, samples: 30, dataSeed: 0 } }));
    await page.getByText("Your own data").click();
    const field = page.getByLabel("Paste it here, or drop a file");
    await field.fill("rain,wet\n1,2\n2,x\n");
    await page.getByRole("button", { name: "Use these data" }).click();
    expect(await page.textContent("#data-problem")).toContain('pasted data:3: expected a finite number in column 2, found "x"');
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await page.textContent("#picture")).toContain("x0");

    const seven = Array.from({ length: 40 }, (_, n) =>
      Array.from({ length: 6 }, (__, v) => Math.sin(n * (v + 1)) + (v === 5 ? Math.sin(n) : 0)).join(","),
    );
    await field.fill(`rain,wet,mud,frost,ice,snow\n${seven.join("\n")}\n`);
    await page.getByRole("button", { name: "Use these data" }).click();
    await page.waitForFunction(`document.querySelector("#picture").textContent.includes("snow")`);
    await state(page, "ready");
    expect(await page.textContent("#data-note")).toBe("In use: pasted data.");
    // Six variables are too many to list: exact probabilities stand beside those of sampled graphs.
    expect(await page.locator("#picture table.edges").count()).toBe(2);
    await page.getByRole("button", { name: "One step" }).click();
    await trainedTo(page, 1);

    await page.reload();
    await state(page, "ready");
    expect(await page.textContent("#picture")).toContain("snow");

    const levels = `a,b\n${Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? "yes,low" : "no,high")).join("\n")}\nyes,high\n`;
    await page.getByLabel("Score").selectOption("bde");
    await page.setInputFiles("#data-file", { name: "levels.csv", mimeType: "text/csv", buffer: Buffer.from(levels) });
    await page.waitForFunction(`document.querySelector("#data-note").textContent === "In use: levels.csv."`);
    await state(page, "ready");
    await page.getByRole("button", { name: "Back to simulated data" }).click();
    await page.waitForFunction(`document.querySelector("#picture").textContent.includes("x2")`);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says that memory has run out, and goes on once there is some, without a reload", async () => {
    const { page } = await visit(GRID);
    const [worker] = page.workers();
    // A GPU process that has no more to give, as far as the worker can tell.
    await worker?.evaluate(`
      globalThis.createBuffer = GPUDevice.prototype.createBuffer;
      GPUDevice.prototype.createBuffer = function (descriptor) {
        const error = new GPUOutOfMemoryError("there is no more");
        queueMicrotask(() => this.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error })));
        return globalThis.createBuffer.call(this, descriptor);
      };`);
    await page.getByRole("spinbutton", { name: "Batch" }).fill("24");
    await page.getByRole("spinbutton", { name: "Batch" }).press("Tab");
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toContain("ran out of memory: there is no more");
    await worker?.evaluate("GPUDevice.prototype.createBuffer = globalThis.createBuffer;");
    await page.getByRole("button", { name: "Try again" }).click();
    await state(page, "ready");
    expect(await page.getByRole("alert").isHidden()).toBe(true);
    await page.getByRole("button", { name: "One step" }).click();
    await trainedTo(page, 1);
    await page.close();
  });

  it("says that there is no adapter, and offers to try again", async () => {
    const plain = await chromium.launch({
      executablePath: chromiumPath() as string,
      args: [...QUIET, "--disable-gpu", "--disable-software-rasterizer"],
    });
    const { page } = await open(plain);
    await page.goto(site.url);
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toMatch(/no WebGPU adapter was found|this browser has no WebGPU/);
    expect(await page.getByRole("button", { name: "Try again" }).isVisible()).toBe(true);
    await plain.close();
  });
});
