/** The playground in Chromium, as a person would use it. Networks and batches are tiny: SwiftShader is slow. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeCheckpoint } from "@webgfn/sampler";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, QUIET } from "../../packages/setup/chromium.mjs";
import { run } from "../cli/run.js";
import { launch, open, ROOT, type Site, serve } from "./harness.js";

const GRID = address({ environment: "hypergrid", env: { dimensions: 2, side: 4, r0: 0.1, r1: 0.5, r2: 2 } });
/** Milliseconds that the page may be busy at a stretch. */
const LONGEST_TASK = 200;
/** How often it may be asked: other work of the machine makes a task longer now and then, and not each time. */
const MOST_TRIES = 3;

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
  /** What stands below the objectives' pictures. */
  const facts = (page: Page) =>
    page.evaluate(`[...document.querySelectorAll(".facts")].map((each) => each.textContent).join(" | ")`) as Promise<string>;
  const distanceOf = async (page: Page) => Number(/(?:L1|JS) ([\d.e-]+?)(?=mass|log|$)/.exec(await facts(page))?.[1]);
  /** What axe objects to in the page as it stands, in light and in dark. */
  const objections = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe.source);
    const found: string[] = [];
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const problems = await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ").slice(0, 400)))`,
      );
      found.push(...(problems as string[]));
    }
    return found;
  };
  const showsFact = (page: Page, words: string) =>
    page.waitForFunction(
      (wanted) => Array.from(document.querySelectorAll(".facts")).some((each) => each.textContent?.includes(wanted)),
      words,
    );

  async function visit(hash: string, options: Parameters<typeof open>[1] = {}): Promise<{ page: Page; errors: string[] }> {
    const opened = await open(browser, options);
    await opened.page.goto(site.url + hash);
    await state(opened.page, "ready");
    return opened;
  }

  /** The step at which it rests. */
  async function pauseAt(page: Page): Promise<number> {
    let step = -1;
    for (;;) {
      const now = await stepOf(page);
      if (now === step) return step;
      step = now;
      await page.waitForTimeout(700);
    }
  }

  async function pause(page: Page): Promise<number> {
    await page.getByRole("button", { name: "Pause" }).click();
    // Whatever was under way is done when the picture of the pause has come.
    await page.waitForTimeout(700);
    return pauseAt(page);
  }

  it("trains, pauses, steps, changes its target, exports for the command line, imports, and is shared", async () => {
    const { page, errors } = await visit(GRID);
    expect(await page.textContent("#state")).toContain("step 0");
    const before = await distanceOf(page);
    await page.evaluate(`new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
    }).observe({ type: "longtask" });`);
    let step = 0;
    let longest = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < MOST_TRIES && longest >= LONGEST_TASK; tries++) {
      await page.evaluate("globalThis.tasks = []");
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, step + 60);
      step = await pause(page);
      longest = Math.max(0, ...((await page.evaluate("globalThis.tasks")) as number[]));
    }
    expect(longest).toBeLessThan(LONGEST_TASK);
    expect(await distanceOf(page)).toBeLessThan(0.8 * before);

    await page.getByRole("button", { name: "One step" }).click();
    await trainedTo(page, step + 1);
    expect(await stepOf(page)).toBe(step + 1);

    const label = () => page.getByRole("img", { name: /^Target, largest/ }).getAttribute("aria-label");
    const target = await label();
    expect(await facts(page)).toContain("(exact 1.28)");
    // r2 does nothing on a grid of side 4, which has no band: r1 does.
    await page.getByRole("slider", { name: "r1, outer" }).focus();
    await page.keyboard.press("End");
    await showsFact(page, `(exact ${Math.log(16 * 0.1 + 4 * 10).toFixed(2)})`);
    expect(await label()).not.toBe(target);

    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export model" }).click();
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
    // The checkpoint is compared with what was there.
    expect(await page.locator("#legend li").allTextContents()).toEqual(["Reverse KL", `Reverse KL (${download.suggestedFilename()})`]);
    expect(await page.textContent("#notice")).toContain("is compared with what was there");
    expect(errors).toEqual([]);
    await page.close();

    const again = await visit(new URL(shared).hash);
    expect(await again.page.locator("#r1").inputValue()).toBe("1");
    expect(await again.page.locator("#environment").inputValue()).toBe("hypergrid");
    expect(await again.page.locator("#objective-0").inputValue()).toBe("reverse-kl");
    expect(again.errors).toEqual([]);
    await again.page.close();
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
    // In the middle of the screen: the bar above stays where it is.
    await handle.evaluate((element) => element.scrollIntoView({ block: "center" }));
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
    // The browser's own keys stay its own.
    await page.keyboard.press("Control+-");
    expect(await handle.getAttribute("aria-label")).toBe(`Gaussian 1 at ${x}, ${(Number(y) + 0.05).toFixed(2)}, weight 1.25`);
    await page.getByRole("button", { name: "Add a Gaussian" }).click();
    expect(await page.getByRole("button", { name: /^Gaussian \d at/ }).count()).toBe(3);
    const trained = await stepOf(page);
    await trainedTo(page, trained + 1);
    await page.waitForFunction(() => new URLSearchParams(location.hash.slice(1)).get("env")?.includes(`"weights":[1.25,1,1]`));
    const places = await page
      .getByRole("button", { name: /^Gaussian \d at/ })
      .evaluateAll((rings) => rings.map((ring) => ring.style.left + ring.style.top));
    expect(new Set(places).size).toBe(3);
    await page.keyboard.press("Delete");
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toMatch(/^Gaussian 2 at/);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("is mended where settings are wrong, has a name for every control, fits a phone, and measures the gradient's variance", async () => {
    const { page, errors } = await open(browser, { viewport: { width: 360, height: 740 } });
    await page.goto(site.url + address({ environment: "sequences", env: { symbols: 3, length: 0, dataSeed: 0 } }));
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toContain("sequences' length must be a whole number from 1 to 64, not 0");
    expect(await objections(page)).toEqual([]);
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
    const logZ = (page: Page, value: number) => showsFact(page, `(exact ${value.toFixed(2)})`);
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
      expect(await objections(page)).toEqual([]);
      const before = await distanceOf(page);
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, 150);
      await pause(page);
      expect(await distanceOf(page)).toBeLessThan(0.6 * before);

      await page.getByLabel("β").fill("-1");
      await page.getByLabel("β").press("Enter");
      expect(await page.textContent("#beta-problem")).toContain("This must be");
      expect(await page.textContent("#beta-problem")).toContain("Until then it stays at 1.");
      await page.getByLabel("β").fill("2");
      await page.getByLabel("β").press("Enter");
      await logZ(page, sumOfPairs(2));

      await field(page).fill("");
      await page.getByRole("button", { name: "Use the environment’s own" }).click();
      await page.locator("#editor").waitFor();
      await page.waitForFunction((old) => !document.querySelector(".facts")?.textContent?.includes(old), sumOfPairs(2).toFixed(2));
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
      expect(await facts(page)).toContain(sumOfPairs(1).toFixed(2));
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
      await state(page, "starting");
      await state(page, "ready");
      // Another batch trains the same model further.
      expect(await stepOf(page)).toBe(1);
      expect(await ran(page)).toBe(0);
      expect(await facts(page)).not.toContain(sumOfPairs(1).toFixed(2));
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
      await page.getByRole("button", { name: "Export model" }).click();
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
      expect(await facts(page)).not.toContain(sumOfPairs(1).toFixed(2));
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
    expect(await objections(page)).toEqual([]);
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

  it("shows a recorded run where there is no adapter, says why nothing trains, and offers to try again", async () => {
    const plain = await chromium.launch({
      executablePath: chromiumPath() as string,
      args: [...QUIET, "--disable-gpu", "--disable-software-rasterizer"],
    });
    const { page } = await open(plain);
    await page.goto(site.url);
    await state(page, "failed");
    expect(await page.getByRole("alert").textContent()).toMatch(/no WebGPU adapter was found|this browser has no WebGPU/);
    expect(await page.getByRole("button", { name: "Try again" }).isVisible()).toBe(true);
    expect(await page.textContent("#state")).toBe("Nothing is being trained. What you see was recorded.");
    await page.getByRole("slider", { name: /^Time/ }).focus();
    await page.keyboard.press("End");
    expect(await page.textContent("#headline")).toBe(
      "Reverse KL and Trajectory balance have lost 75 % of the target, and the loss does not tell; Rényi 0.5 has all of it.",
    );
    await page.keyboard.press("Home");
    expect(await page.textContent("#time-value")).toBe("step 0");
    expect(await page.textContent("#headline")).toBe("Nothing is trained yet.");
    const titles = await page.locator("#scenario-list button").allTextContents();
    // How many objectives lose a part of the target at the end of each story.
    const lost = [2, 2, 2, 2, 0, 0, 3];
    expect(titles).toHaveLength(lost.length);
    for (const [n, name] of titles.entries()) {
      await page.getByRole("button", { name }).click();
      await page.waitForFunction(`!document.querySelector("#badge").hidden`);
      expect(await page.getByRole("button", { name }).getAttribute("aria-pressed")).toBe("true");
      await page.getByRole("slider", { name: /^Time/ }).focus();
      await page.keyboard.press("End");
      await page.waitForFunction((wanted) => {
        const shown = (selector: string) => document.querySelectorAll(`#diagnosis ${selector}`).length;
        return shown(".is-lost") === wanted && shown("li") >= 2;
      }, lost[n]);
    }
    await plain.close();
  });

  it("trains the lost corners until they are lost, and says so; keeps models when an objective is added, and brings back what is undone", async () => {
    const objectives = [
      { objective: "reverse-kl", parameters: {}, estimator: "paper" },
      { objective: "tb", parameters: {}, estimator: null },
    ];
    const { page, errors } = await open(browser);
    const small = { scenario: "lost-corners", objectives, batchSize: 32, width: 16, learningRate: 0.01, play: "1", steps: 80 };
    await page.goto(`${site.url}${address(small)}`);
    await page.waitForFunction(`document.querySelectorAll("#diagnosis .is-lost").length === 2`);
    expect(await page.textContent("#diagnosis")).toMatch(
      /log Z is log [34][\d.]* too low, so about .* of the target (is|are) never sampled/,
    );
    await page.waitForFunction(`document.querySelector("#play").textContent === "Train"`);
    const step = await stepOf(page);
    expect(step).toBe(80);
    const before = await facts(page);

    await page.getByRole("button", { name: "Compare with another" }).click();
    await page.waitForFunction(`document.querySelectorAll("#legend li").length === 3`);
    await state(page, "ready");
    expect(await stepOf(page)).toBe(step);
    expect((await facts(page)).startsWith(before)).toBe(true);
    // The new one has the steps of the others to itself.
    await page.getByRole("button", { name: "One step" }).click();
    await page.waitForFunction(`document.querySelector(".multiples").textContent.includes("step 1")`);
    expect(await stepOf(page)).toBe(step);

    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction(`document.querySelectorAll("#legend li").length === 2`);
    await state(page, "ready");
    expect(await stepOf(page)).toBe(step);
    expect(await facts(page)).toBe(before);
    await page.getByRole("spinbutton", { name: "Hidden width" }).fill("8");
    await page.getByRole("spinbutton", { name: "Hidden width" }).press("Enter");
    await page.waitForFunction(`document.body.dataset.step === "0"`);
    await page.goBack();
    await page.waitForFunction((wanted) => document.body.dataset["step"] === String(wanted), step);
    expect(await page.locator("#width").inputValue()).toBe("16");
    expect(await facts(page)).toBe(before);
    expect(errors).toEqual([]);
    await page.close();
  });

  // They leave the page where the next one begins: SwiftShader compiles for ten seconds whenever a page is opened.
  describe("in one page", () => {
    const hash = `${GRID}&colour=blue&seed=x&exploration=2`;
    let page: Page;
    let errors: string[];
    beforeAll(async () => {
      ({ page, errors } = await visit(hash));
    });
    afterAll(() => page?.close());

    it("explains an address that it does not understand, and keeps it", async () => {
      expect(await page.textContent("#notice")).toContain('This address says "colour", which the page does not know. Seed must be');
      expect(new URL(page.url()).hash).toBe(hash);
      await page.getByRole("spinbutton", { name: "Batch" }).fill("99999");
      await page.getByRole("spinbutton", { name: "Batch" }).press("Tab");
      expect(await page.textContent("#batchSize-problem")).toBe("This must be a whole number from 2 to 4096. Until then it stays at 16.");
      await page.getByRole("spinbutton", { name: "Batch" }).fill("16");
      await page.getByRole("spinbutton", { name: "Batch" }).press("Tab");
      expect(errors).toEqual([]);
    });

    it("goes slowly where it is told to, rests while nobody sees it, and shows another trajectory of the current policy while it is paused", async () => {
      const speed = page.getByLabel("Speed");
      const usual = await speed.inputValue();
      await speed.selectOption("slow");
      await page.getByRole("button", { name: "Train" }).click();
      await trainedTo(page, 4);
      const start = Date.now();
      const from = await stepOf(page);
      await trainedTo(page, from + 12);
      expect(Date.now() - start).toBeGreaterThan(1500);
      await page.evaluate(
        `Object.defineProperty(document, "hidden", { value: true, configurable: true }); document.dispatchEvent(new Event("visibilitychange"))`,
      );
      await page.waitForTimeout(1200);
      const step = await stepOf(page);
      await page.waitForTimeout(1200);
      expect(await stepOf(page)).toBe(step);
      await page.evaluate(`delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))`);
      await trainedTo(page, step + 1);
      const paused = await pause(page);
      await speed.selectOption(usual);

      const shown = () => page.textContent("#trajectory");
      const seen = new Set<string | null>();
      for (let k = 0; k < 4; k++) {
        const old = await shown();
        await page.getByRole("button", { name: "Another trajectory" }).click();
        await page.waitForFunction((text) => document.querySelector("#trajectory")?.textContent !== text, old);
        seen.add(await shown());
      }
      expect(seen.size).toBeGreaterThan(1);
      expect(await shown()).toContain(`Of the policy at step ${paused}`);
      expect(errors).toEqual([]);
    });

    it("has nothing that axe objects to", async () => {
      await page.getByText("The picture as a table").click();
      await page.getByText("The curves as a table").click();
      await page.getByText("Advanced").click();
      expect(await objections(page)).toEqual([]);
    });

    it("is walked through by keyboard and on a phone that is turned, presented, and embedded", async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.locator("#settings").waitFor({ state: "hidden" });
      const [target, learned] = await page
        .locator(".multiples .map")
        .evaluateAll((maps) => maps.map((map) => map.getBoundingClientRect().toJSON()));
      expect(Math.abs(target.top - learned.top)).toBeLessThan(4);
      expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBe(0);
      await page.setViewportSize({ width: 1180, height: 820 });
      await page.locator("#settings").waitFor();
      expect(await page.locator("#environment").isVisible()).toBe(true);

      const from = await stepOf(page);
      await page.getByRole("button", { name: "Train" }).focus();
      await page.keyboard.press("Enter");
      await trainedTo(page, from + 2);
      await page.keyboard.press("Enter");
      await page.waitForFunction(`document.querySelector("#play").textContent === "Train"`);
      const before = await pauseAt(page);
      await page.getByRole("button", { name: "Present" }).click();
      expect(await page.locator("header").isVisible()).toBe(false);
      await page.keyboard.press("ArrowRight");
      await trainedTo(page, before + 1);
      await page.keyboard.press(" ");
      await page.waitForFunction(`document.querySelector("#play").textContent === "Pause"`);
      await page.keyboard.press(" ");
      await page.keyboard.press("r");
      await page.waitForFunction(`document.body.dataset.step === "0"`);
      await page.keyboard.press("Escape");
      expect(await page.locator("header").isVisible()).toBe(true);
      expect(errors).toEqual([]);

      const embedded = await open(browser);
      await embedded.page.goto(`${site.url}?embed${GRID}&play=1&steps=3`);
      await embedded.page.waitForFunction(`document.body.dataset.step === "3"`);
      expect(await embedded.page.locator("#settings").isVisible()).toBe(false);
      expect(await embedded.page.locator("#picture").isVisible()).toBe(true);
      expect(embedded.errors).toEqual([]);
      await embedded.page.close();
    });

    it("says what is wrong with a file, and goes on where it was when the GPU is lost", async () => {
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
      await pause(page);
    });

    it("says that memory has run out, and goes on once there is some, without a reload", async () => {
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
      const step = await stepOf(page);
      await page.getByRole("button", { name: "One step" }).click();
      await trainedTo(page, step + 1);
    });

    it("says nothing that only programs understand where an address is nonsense", async () => {
      for (const bad of ["objectives=[null]", "environment=gaussian-mixture&env={}"]) {
        await page.goto(`${site.url}#${bad}`);
        await page.waitForFunction(`document.body.dataset.state === "starting"`);
        expect(await page.textContent("body")).not.toMatch(/undefined|destructure|TypeError/);
      }
    });
  });
});
