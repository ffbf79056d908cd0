import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPlan, sweepStatus } from "@webgfn/sweeps";
import type { Page } from "playwright";
import { afterAll, describe, expect, it } from "vitest";
import { chromiumPath } from "../../packages/setup/chromium.mjs";
import { launch, open } from "../browser/harness.js";
import { call, run, WITHOUT_ADAPTER } from "./run.js";
import { type SyntheticRun, syntheticSweep } from "./synthetic-sweep.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-sweep-report-"));
afterAll(() => rmSync(root, { recursive: true }));

const SHARED = { steps: 20, evaluateEvery: 10 };

/** Three objectives × two learning rates, each with two packs of two seeds; tb is best, and of tb the larger rate. */
const GRID: SyntheticRun[] = ["renyi", "tb", "db"].flatMap((objective, o) =>
  [0.001, 0.01].flatMap((learningRate, r) =>
    [0, 2].map((seed) => ({
      settings: { objective, learningRate, seed, replicas: 2 },
      until: 20,
      l1: [0.3, 0.1, 0.2][o]! - 0.05 * r + seed / 100,
    })),
  ),
);

/** Rows of a CSV file by column name. */
function csvRows(file: string): Record<string, string>[] {
  const [columns = [], ...rows] = readFileSync(file, "utf8")
    .trimEnd()
    .split("\r\n")
    .map((row) =>
      [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = ""]) => cell.replace(/^"|"$/g, "").replaceAll('""', '"')),
    );
  return rows.map((row) => Object.fromEntries(columns.map((column, k) => [column, row[k] ?? ""])));
}

/** The texts of the cells of the table with a caption, row by row. */
function tableIn(html: string, caption: string): string[][] {
  const table = [...html.matchAll(/<table[^>]*>.*?<\/table>/gs)].map(([text]) => text).find((text) => text.includes(`<caption>${caption}`));
  return [...(table ?? "").matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell.replace(/<[^>]*>/g, "")),
  );
}

/** The table of best settings that the page shows at first. */
function bestIn(html: string, caption: string): string[][] {
  return tableIn(html.slice(html.search(/<div data-best="\d+">/)), caption);
}

/** Reports on a sweep, and reads everything back. */
async function reportOn(folder: string) {
  const { status, stdout, stderr } = await call(["sweep", "report", folder, "--json"]);
  expect(status).toBe(0);
  return {
    html: readFileSync(join(folder, "report.html"), "utf8"),
    csv: csvRows(join(folder, "report.csv")),
    json: JSON.parse(stdout) as {
      metric: string;
      done: number;
      failed: number;
      best: { settings: object; summary: { l1: { mean: number; sd: number; seeds: number } } }[];
      combinations: { settings: object; runs: { state: string }[]; summary: { l1?: { mean: number } } }[];
      failures: { index: number; message: string }[];
      notes: string[];
    },
    stderr,
  };
}

describe("a report of a finished sweep", () => {
  const folder = join(root, "grid");
  const folders = syntheticSweep(folder, SHARED, GRID);

  it("ranks settings by their mean over all seeds, whichever runs have them", async () => {
    const { html, json } = await reportOn(folder);
    // tb at .01: .05 + (0, .01, .02, .03), so mean .065 and sd .01 √1.25.
    expect(bestIn(html, "Best settings of each objective on sets").map((row) => row.slice(0, 6))).toEqual([
      ["rank", "L1", "objective", "learningRate", "seeds", "steps"],
      ["1", "0.065 ± 0.011", "tb", "0.01", "4", "20"],
      ["2", "0.165 ± 0.011", "db", "0.01", "4", "20"],
      ["3", "0.265 ± 0.011", "renyi", "0.01", "4", "20"],
    ]);
    expect(bestIn(html, "Best settings on sets").map(([, l1, objective]) => [l1, objective])).toHaveLength(6);
    expect([json.metric, json.done, json.combinations.length]).toEqual(["l1", 12, 6]);
    expect(json.best).toMatchObject([{ settings: { objective: "tb", learningRate: 0.01 }, summary: { l1: { seeds: 4 } } }]);
    expect(json.best[0]!.summary.l1.mean).toBeCloseTo(0.065, 12);
  });

  it("has all settings in one table, the best first, and names what all runs share", async () => {
    const { html } = await reportOn(folder);
    const [headings = [], ...rows] = tableIn(html, "All settings");
    expect(headings.slice(0, 4)).toEqual(["objective", "learningRate", "state", "seeds"]);
    expect(rows.map(([objective, rate]) => [objective, rate])).toEqual([
      ["tb", "0.01"],
      ["tb", "0.001"],
      ["db", "0.01"],
      ["db", "0.001"],
      ["renyi", "0.01"],
      ["renyi", "0.001"],
    ]);
    expect(rows[0]!.at(-1)).toMatch(/^#6 \w{12}, #7 \w{12}$/);
    const shared = Object.fromEntries(tableIn(html, "Settings that all runs share"));
    expect(shared).toMatchObject({ environment: "sets", "env.items": "8", steps: "20" });
    expect(Object.keys(shared)).not.toContain("objective");
  });

  it("has a CSV with a row per seed: its run's place, every setting and its values", async () => {
    const { csv } = await reportOn(folder);
    expect(csv).toHaveLength(24);
    expect(csv[15]).toMatchObject({
      ...{ index: "7", state: "done", failure: "", folder: folders[7], objective: "tb", learningRate: "0.01", "env.items": "8" },
      ...{ replica: "1", seed: "3", exactLogZ: "4", step: "20", seconds: "2", adapter: "toy (dawn, cpu)", sound: "true" },
    });
    expect(Number(csv[15]!["seedL1"])).toBeCloseTo(0.08, 12);
    expect(Number(csv[15]!["l1"])).toBeCloseTo(0.075, 12);
  });

  it("opens no adapter, and needs nothing from elsewhere", async () => {
    const out = join(root, "elsewhere", "grid.html");
    const { status, stdout } = await run(["sweep", "report", folder, "--out", out], { env: WITHOUT_ADAPTER });
    expect([status, stdout]).toEqual([0, `  page    ${out}\n  values  ${join(root, "elsewhere", "grid.csv")}\n`]);
    const html = readFileSync(out, "utf8");
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(link|img|iframe)\b|\ssrc=|url\(|@import/i);
  });

  it("refuses what it cannot do with one sentence", async () => {
    const lines: [string[], string][] = [
      [["sweep", "report"], "needs the folder of a sweep"],
      [["sweep", "report", join(root, "nowhere")], "does not exist"],
      [["sweep", "report", root], "is not the folder of a sweep: it has no sweep.json"],
      [["sweep", "report", folder, "--out", root], "--out names a file, but"],
      [["sweep", "report", folder, "--out", "a", "--csv", "a"], "both name a"],
      [["sweep", "report", folder, "--json", "--out", "-"], "--json prints to standard output"],
    ];
    for (const [words, text] of lines) {
      const { status, stderr } = await call(words);
      expect([status === 0, stderr]).toEqual([false, expect.stringContaining(text)]);
    }
  });
});

describe("a report of a sweep that goes on", () => {
  const folder = join(root, "going");
  const folders = syntheticSweep(folder, SHARED, [
    { settings: { learningRate: 0.1, seed: 0, replicas: 2 }, until: 20, l1: 0.2 },
    { settings: { learningRate: 0.1, seed: 2, replicas: 2 }, until: 10, l1: 0.2 },
    // It would be the best, and is not finished.
    { settings: { learningRate: 0.2, seed: 0, replicas: 2 }, until: 10, l1: -0.9 },
    { settings: { learningRate: 0.2, seed: 2, replicas: 2 } },
    { settings: { learningRate: 0.3, seed: 0, replicas: 2 }, until: 20, l1: 0.4 },
    { settings: { learningRate: 0.3, seed: 2, replicas: 2 }, until: 20, l1: 0.4 },
  ]);
  const FAILURE = { code: "crash", message: "its process was ended by SIGKILL", attempts: 3, time: "2026-01-01T00:00:00.000Z" };
  writeFileSync(join(folders[2]!, "failure.json"), JSON.stringify(FAILURE));

  it("shows what there is, with its state, and ranks what is finished", async () => {
    const { html, json, csv } = await reportOn(folder);
    expect(html).toContain("Run #2: its process was ended by SIGKILL");
    expect(html).toMatch(/<b>3<\/b> done.*<b>1<\/b> failed.*<b>2<\/b> waiting/s);
    expect(bestIn(html, "Best settings on sets").map((row) => row.slice(1, 3))).toEqual([
      ["L1", "learningRate"],
      ["0.4050 ± 0.0050", "0.3"],
    ]);
    const [headings = [], ...rows] = tableIn(html, "All settings");
    const cells = rows.map((row) => Object.fromEntries(headings.map((heading, k) => [heading, row[k]])));
    expect(cells).toMatchObject([
      { learningRate: "0.2", state: "1 failed, 1 waiting", seeds: "2 of 4", steps: "10 of 20" },
      // The run that goes on does not belong to the mean: it is at another step.
      { learningRate: "0.1", state: "1 of 2 done, 1 waiting", seeds: "2 of 4", L1: "0.2050 ± 0.0050" },
      { learningRate: "0.3", state: "done", seeds: "4" },
    ]);
    expect(json.failures).toMatchObject([{ index: 2, message: FAILURE.message }]);
    expect(csv.map(({ index, state, seed, seedL1 }) => [index, state, seed, seedL1 !== ""])).toEqual([
      ...["0", "0"].map((index, r) => [index, "done", String(r), true]),
      ...["1", "1"].map((index, r) => [index, "waiting", String(2 + r), true]),
      ...["2", "2"].map((index, r) => [index, "failed", String(r), true]),
      ...["3", "3"].map((index, r) => [index, "waiting", String(2 + r), false]),
      ...["4", "4"].map((index, r) => [index, "done", String(r), true]),
      ...["5", "5"].map((index, r) => [index, "done", String(2 + r), true]),
    ]);
    expect(csv[6]).toMatchObject({ learningRate: "0.2", environment: "" });
    expect(csv[4]).toMatchObject({ failure: FAILURE.message });
  });
});

describe("a report of a sweep from somebody else", () => {
  const HOSTILE = `</script><script>document.title="owned"</script><img src=x onerror="document.title='owned'">`;

  it("reports damaged, missing and foreign files as notes, and the other runs", async () => {
    const folder = join(root, "damaged");
    const seeds = Array.from({ length: 9 }, (_, seed) => ({ settings: { learningRate: 0.1 + seed / 100, seed }, until: 20 }));
    const folders = syntheticSweep(folder, SHARED, seeds);
    const file = (k: number, name: string) => join(folders[k]!, name);
    const secret = join(root, "secret.json");
    writeFileSync(secret, readFileSync(file(0, "config.json")));
    writeFileSync(file(0, "config.json"), "{");
    writeFileSync(file(1, "metrics.jsonl"), "{\n");
    writeFileSync(file(2, "result.json"), "[1");
    rmSync(file(3, "config.json"));
    rmSync(file(4, "config.json"));
    symlinkSync(secret, file(4, "config.json"));
    rmSync(file(5, "metrics.jsonl"));
    execFileSync("mkfifo", [file(5, "metrics.jsonl")]);
    writeFileSync(file(6, "columns.json"), "{}");
    renameSync(folders[7]!, join(root, "moved"));
    symlinkSync(join(root, "moved"), folders[7]!);
    const { html, json, csv, stderr } = await reportOn(folder);
    expect(
      json.notes.map((note) => note.replaceAll(/\S*\/(\w{12})\b/g, (_, hash) => `RUN${folders.findIndex((each) => each.endsWith(hash))}`)),
    ).toEqual([
      expect.stringMatching(/^RUN0 is not the folder of a run: RUN0\/config.json is not JSON/),
      "RUN1: line 1 of metrics.jsonl is damaged.",
      "RUN2/result.json is damaged.",
      "RUN3 has no config.json: nothing of this run is reported.",
      "RUN4/config.json cannot be read: it is a link, which is not followed.",
      "RUN4 has no config.json: nothing of this run is reported.",
      "RUN5/metrics.jsonl cannot be read: it is not a regular file.",
      "RUN5: there is no metrics.jsonl.",
      "RUN6: columns.json is damaged, so that metrics of one's own are left out.",
      "RUN7 is a link, which is not followed: nothing of this run is reported.",
    ]);
    expect(html).toContain("it is a link, which is not followed");
    expect(stderr).toBe("");
    // Where the metrics are damaged, the result has the values after training.
    const values = Object.fromEntries(csv.map(({ index, seedL1 }) => [index, seedL1 !== ""]));
    expect(values).toEqual({ 0: false, 1: true, 2: true, 3: false, 4: false, 5: true, 6: true, 7: false, 8: true });
    // A damaged result is made again by the next attempt.
    expect(sweepStatus(folder, readPlan(folder).runs)).toMatchObject({ done: 8, waiting: 1 });
  });

  it("shows texts as texts", async () => {
    const folder = join(root, "hostile");
    const [first, second] = syntheticSweep(folder, SHARED, [
      { settings: { learningRate: 0.1 }, until: 20 },
      { settings: { learningRate: 0.2 }, until: 10 },
    ]) as [string, string];
    writeFileSync(join(second, "failure.json"), JSON.stringify({ code: HOSTILE, message: HOSTILE, attempts: 1, time: HOSTILE }));
    const column = { key: HOSTILE, label: HOSTILE, help: HOSTILE, better: "lower" };
    writeFileSync(join(first, "columns.json"), JSON.stringify([column]));
    const metrics = readFileSync(join(first, "metrics.jsonl"), "utf8").replaceAll('"l1"', JSON.stringify(HOSTILE));
    writeFileSync(join(first, "metrics.jsonl"), metrics);
    const plan = JSON.parse(readFileSync(join(folder, "sweep.json"), "utf8")) as { runs: { settings: Record<string, unknown> }[] };
    plan.runs[0]!.settings = { ...plan.runs[0]!.settings, [HOSTILE]: HOSTILE, __proto__: null };
    writeFileSync(join(folder, "sweep.json"), JSON.stringify(plan));
    const { html, csv } = await reportOn(folder);
    expect(html).not.toContain("<img");
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html).toContain("&#60;img src=x");
    expect(csv.length).toBe(2);
    if (chromiumPath() === undefined) return;
    await inBrowser(join(folder, "report.html"), async (page) => {
      await page.selectOption("#metric", "loss");
      await page.selectOption("#colour", { index: 1 });
      expect(await page.title()).toBe("webgfn sweep: hostile");
      expect(await page.locator("#strips circle").count()).toBeGreaterThan(0);
    });
  });
});

/** Opens a page in Chromium, at the width of a phone; it must not report an error. */
async function inBrowser(file: string, look: (page: Page) => Promise<void>): Promise<void> {
  const browser = await launch();
  try {
    const { page, errors } = await open(browser, { viewport: { width: 390, height: 800 } });
    await page.goto(`file://${file}`);
    await look(page);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
}

describe.skipIf(chromiumPath() === undefined)("the page", () => {
  it("sorts by click and by keyboard, filters, and compares by the chosen metric", async () => {
    const folder = join(root, "page");
    syntheticSweep(folder, SHARED, GRID);
    await reportOn(folder);
    await inBrowser(join(folder, "report.html"), async (page) => {
      const rows = async () =>
        (await page.locator("#settings tbody tr:visible").allInnerTexts()).map((row) => row.split("\t").slice(0, 2).join(" "));
      const sorted = () =>
        page.locator("#settings th[aria-sort]").evaluateAll((all) => all.map((each) => [each.textContent, each.getAttribute("aria-sort")]));
      expect([(await rows())[0], await sorted()]).toEqual(["tb 0.01", [["L1", "ascending"]]]);
      await page.locator("#settings th button", { hasText: "L1" }).click();
      expect([(await rows())[0], await sorted()]).toEqual(["renyi 0.001", [["L1", "descending"]]]);
      await page.locator("#settings th button", { hasText: "objective" }).focus();
      await page.keyboard.press("Enter");
      expect([(await rows())[0]?.split(" ")[0], await sorted()]).toEqual(["db", [["objective", "ascending"]]]);
      await page.getByLabel("learningRate", { exact: true }).selectOption("0.01");
      expect((await rows()).map((row) => row.split(" ")[1])).toEqual(["0.01", "0.01", "0.01"]);
      expect(await page.locator("#shown").textContent()).toBe("3 of 6 combinations of settings.");
      await page.getByLabel("text").fill("renyi");
      await expect.poll(rows).toEqual(["renyi 0.01"]);
      expect(await page.locator("#curves .key li").allInnerTexts()).toEqual(["renyi"]);
      await page.getByRole("button", { name: "Show all" }).click();
      expect(await rows()).toHaveLength(6);
      await page.getByLabel("Compare by").selectOption("ESS");
      expect([(await rows())[0], await sorted()]).toEqual(["tb 0.01", [["ESS", "descending"]]]);
      await expect
        .poll(() => page.locator("[data-best]:visible caption").first().textContent())
        .toBe("Best settings of each objective on sets");
      expect(await page.locator("[data-best]:visible tbody tr").first().textContent()).toContain("0.939");
      expect(await page.locator("#curves .key li").allInnerTexts()).toEqual([
        "renyi (learningRate 0.01)",
        "tb (learningRate 0.01)",
        "db (learningRate 0.01)",
      ]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    });
  });
});

function cpuSeconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

describe("many runs", () => {
  const PAGE = 5 * 1024 * 1024;
  /** Seconds of CPU time; about 5 where it was measured. */
  const READING = 20;

  it("of 500 settings with 8 seeds are a page of at most 5 MB", async () => {
    const folder = join(root, "many");
    const runs = Array.from({ length: 500 }, (_, k) => ({
      settings: { objective: ["renyi", "tb", "db", "subtb", "jsd"][k % 5], learningRate: 1e-4 * 1.01 ** k, seed: 0, replicas: 8 },
      until: 5900,
      l1: ((k * 37) % 101) / 101,
    }));
    syntheticSweep(folder, { steps: 5900, evaluateEvery: 100 }, runs);
    const start = process.cpuUsage();
    const { html, csv, json } = await reportOn(folder);
    const seconds = cpuSeconds(start);
    expect([csv.length, json.combinations.length, json.notes]).toEqual([4000, 500, []]);
    expect(statSync(join(folder, "report.html")).size).toBeLessThan(PAGE);
    const { grids } = JSON.parse(/<script type="application\/json" id="sweep">(.*?)<\/script>/s.exec(html)![1]!) as { grids: number[][] };
    expect(grids).toEqual([Array.from({ length: 31 }, (_, n) => Math.min(200 * n, 5900))]);
    console.info(`a report of 500 runs with 8 seeds: ${seconds.toFixed(1)} s of CPU time, ${(html.length / 1e6).toFixed(1)} MB`);
    expect(seconds).toBeLessThan(READING);
    rmSync(folder, { recursive: true });
  });

  it("have a status in time: 2,000 folders", () => {
    const folder = join(root, "status");
    const runs = Array.from({ length: 2000 }, (_, k) => ({ settings: { learningRate: 1e-4 * 1.001 ** k }, until: k % 10 === 0 ? 10 : 20 }));
    syntheticSweep(folder, SHARED, runs);
    const start = process.cpuUsage();
    const { done, waiting } = sweepStatus(folder, readPlan(folder).runs);
    const seconds = cpuSeconds(start);
    expect([done, waiting]).toEqual([1800, 200]);
    console.info(`a status of 2,000 runs: ${seconds.toFixed(2)} s of CPU time`);
    expect(seconds).toBeLessThan(2);
    rmSync(folder, { recursive: true });
  });
});

describe("a sweep that was trained", () => {
  it("is reported with what it measured", async () => {
    const folder = join(root, "trained");
    const file = join(root, "tiny.json");
    const tiny = { environment: "sets", env: { items: 4, size: 2 }, hidden: [8], batchSize: 8, steps: 4, evaluateEvery: 2 };
    mkdirSync(root, { recursive: true });
    writeFileSync(file, JSON.stringify({ ...tiny, grid: { objective: ["tb", "renyi"] }, seeds: 3 }));
    expect((await run(["sweep", "run", file, "--out", folder, "--all", "--jobs", "2", "--replicas", "2"])).status).toBe(0);
    const { html, csv, json } = await reportOn(folder);
    expect(json).toMatchObject({ done: 4, metric: "l1", notes: [] });
    expect(csv.map(({ objective, seed }) => `${objective} ${seed}`)).toEqual(
      [0, 1, 2].map((seed) => `tb ${seed}`).concat([0, 1, 2].map((seed) => `renyi ${seed}`)),
    );
    for (const { seedL1, seedL1Before } of csv) expect(Number(seedL1)).not.toBe(Number(seedL1Before));
    expect(bestIn(html, "Best settings of each objective on sets")).toHaveLength(3);
    expect(existsSync(join(folder, "report.csv"))).toBe(true);
  });
});
