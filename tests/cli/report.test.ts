import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { makeEnvironment } from "@webgfn/envs";
import type { PartialConfiguration } from "@webgfn/runs";
import { policyOf } from "@webgfn/runs/internal";
import { encodeCheckpoint } from "@webgfn/sampler";
import { fitPolicy, initialWeights, stackLayers } from "@webgfn/sampler/internal";
import { afterAll, describe, expect, it } from "vitest";
import { completeConfiguration } from "webgfn";
import { call, run, WITHOUT_ADAPTER } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-report-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A 4 × 4 hypergrid with R = .1 everywhere, so that log Z = log 1.6. */
const GRID = {
  environment: "hypergrid",
  env: { side: 4, r0: 0.1, r1: 0, r2: 0 },
  replicas: 2,
  batchSize: 16,
  steps: 20,
  evaluateEvery: 10,
};
const EXACT = Math.log(1.6);

interface Values {
  l1?: number;
  logZEstimate?: number;
  effectiveSampleSize?: number;
  js?: number;
  logZ: number | null;
  loss?: number | null;
  fault?: object;
}

function evaluation(step: number, seconds: number, replicas: Values[], rest: object = {}, exact = EXACT): string {
  const entries = replicas.map(({ logZ, ...values }, seed) => {
    return { seed, loss: null, ...values, logZ, logZError: logZ === null ? null : Math.abs(logZ - exact) };
  });
  return `${JSON.stringify({ step, seconds, replicas: entries, ...rest })}\n`;
}

const ADAPTER = { adapter: { name: "toy", backend: "dawn", type: "cpu" } };
const METRICS = [
  evaluation(0, 0, [
    { l1: 1, logZ: EXACT + 1 },
    { l1: 1.2, logZ: EXACT - 1 },
  ]),
  evaluation(
    10,
    2,
    [
      { l1: 0.5, logZ: EXACT + 0.5, loss: 3 },
      { l1: 0.7, logZ: EXACT + 0.3, loss: 5 },
    ],
    ADAPTER,
  ),
  evaluation(
    20,
    4,
    [
      { l1: 0.1, logZ: EXACT + 0.1, loss: 1 },
      { l1: 0.2, logZ: EXACT - 0.3, loss: 2 },
    ],
    ADAPTER,
  ),
].join("");

function runFolder(name: string, configuration: object, metrics?: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(configuration));
  if (metrics !== undefined) writeFileSync(join(folder, "metrics.jsonl"), metrics);
  return folder;
}

/** Writes a report without pictures and reads it back. */
async function report(folders: readonly string[], name: string) {
  const out = join(root, `${name}.html`);
  const { status, stdout, stderr } = await call(["report", ...folders, "--no-pictures", "--out", out]);
  expect(status).toBe(0);
  const html = readFileSync(out, "utf8");
  return { html, stdout, stderr, csv: csvRows(join(root, `${name}.csv`)), charts: chartsIn(html) };
}

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

interface PlotData {
  quantity: string;
  logarithmic: boolean;
  axes: { short: string }[];
  curves: { label: string; colour: number; banded: boolean; at: number[][]; mean: number[]; low: number[]; high: number[] }[];
}

function chartsIn(html: string): PlotData[] {
  const [, json] = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json as string) as PlotData[];
}

/** The texts of a table's cells, row by row. */
function tableIn(html: string, caption: string): string[][] {
  const table = [...html.matchAll(/<table>.*?<\/table>/gs)].map(([text]) => text).find((text) => text.includes(`<caption>${caption}`));
  return [...(table ?? "").matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell.replace(/<[^>]*>/g, "")),
  );
}

describe("a report of one run", () => {
  const folder = runFolder("one", GRID, METRICS);

  it("gives final values, mean ± population sd, as a table and as CSV", async () => {
    const { html, stdout, csv } = await report([folder], "one-report");
    expect(stdout).toBe(`  page    ${join(root, "one-report.html")}\n  values  ${join(root, "one-report.csv")}\n`);
    const [columns = [], row = []] = tableIn(html, "Final values");
    // (.1, .2): mean .15, sd .05; (1, 1.2): mean 1.1, sd .1; errors of log Z (.1, .3): mean .2, sd .1; 20 steps in 4 s.
    expect(Object.fromEntries(columns.map((column, k) => [column, row[k]]))).toEqual({
      objective: "renyi, alpha 0.5",
      estimator: "paper",
      step: "20 of 20",
      replicas: "2",
      "L1 before": "1.10 ± 0.10",
      "L1 after": "0.150 ± 0.050",
      "log Z": "0.37 ± 0.20",
      "log Z error": "0.20 ± 0.10",
      "rewards evaluated": "640",
      seconds: "4",
      "steps/s": "5",
      "trajectories/s": "160",
      adapter: "toy (dawn, cpu)",
      folder,
    });
    const [values] = csv;
    expect(values).toMatchObject({
      folder,
      environment: "hypergrid",
      objective: "renyi",
      alpha: "0.5",
      lambda: "",
      weights: "",
      steps: "20",
      step: "20",
      js: "",
    });
    for (const [name, value] of Object.entries({
      l1Before: 1.1,
      l1BeforeSd: 0.1,
      l1: 0.15,
      l1Sd: 0.05,
      logZ: EXACT - 0.1,
      logZSd: 0.2,
      exactLogZ: EXACT,
      logZError: 0.2,
      logZErrorSd: 0.1,
      seconds: 4,
      stepsPerSecond: 5,
      trajectoriesPerSecond: 160,
      rewardEvaluations: 640,
    })) {
      expect(Number(values?.[name]), name).toBeCloseTo(value, 12);
    }
    // Every setting, and a line for each seed with its own values beside the run's.
    expect(values).toMatchObject({
      hidden: "64 64",
      learningRate: "0.001",
      gradientClip: "",
      "env.side": "4",
      "env.r1": "0",
      backward: "uniform",
    });
    expect(
      csv.map(({ replica, seed, sound, seedL1, seedL1Before, seedLoss, l1Sd }) => [
        replica,
        seed,
        sound,
        seedL1,
        seedL1Before,
        seedLoss,
        l1Sd,
      ]),
    ).toEqual([
      ["0", "0", "true", "0.1", "1", "1", values?.["l1Sd"]],
      ["1", "1", "true", "0.2", "1.2", "2", values?.["l1Sd"]],
    ]);
  });

  it("draws curves with bands, and tells their numbers below", async () => {
    const { html, charts } = await report([folder], "one-charts");
    expect(charts.map(({ quantity }) => quantity)).toEqual(["L1", "log Z error", "loss"]);
    const [l1, , loss] = charts as [PlotData, PlotData, PlotData];
    expect(l1).toMatchObject({ logarithmic: true, curves: [{ label: "renyi, alpha 0.5", colour: 0, banded: true }] });
    expect(l1.axes.map(({ short }) => short)).toEqual(["step", "rewards evaluated per replica", "seconds"]);
    expect(l1.curves[0]!.at).toEqual([
      [0, 10, 20],
      [0, 160, 320],
      [0, 2, 4],
    ]);
    expect(l1.curves[0]!.mean).toEqual([1.1, 0.6, expect.closeTo(0.15, 12)]);
    expect(l1.curves[0]!.low).toEqual([expect.closeTo(1, 12), expect.closeTo(0.5, 12), expect.closeTo(0.1, 12)]);
    expect(l1.curves[0]!.high).toEqual([expect.closeTo(1.2, 12), expect.closeTo(0.7, 12), expect.closeTo(0.2, 12)]);
    // There is no loss before the first step.
    expect(loss).toMatchObject({ logarithmic: false, curves: [{ mean: [4, 1.5] }] });
    expect(loss.curves[0]!.at[0]).toEqual([10, 20]);
    expect(tableIn(html, "L1 during training")).toEqual([
      ["step", "rewards evaluated per replica", "renyi, alpha 0.5"],
      ["0", "0", "1.10 ± 0.10"],
      ["10", "160", "0.60 ± 0.10"],
      ["20", "320", "0.150 ± 0.050"],
    ]);
    expect(html).toContain(
      'role="img" aria-label="L1 during training. renyi, alpha 0.5: 1.10 ± 0.10 at step 0, 0.150 ± 0.050 at step 20."',
    );
    expect(tableIn(html, "Configuration")).toContainEqual(["batchSize", "16"]);
  });

  it("says in words what is wrong with a policy, and nothing where nothing is", async () => {
    expect((await report([folder], "one-well")).html).not.toContain("Diagnosis");
    const lost = { l1: 1.5, logZ: EXACT - Math.log(4), logZEstimate: EXACT - Math.log(4), effectiveSampleSize: 0.9 };
    const well = { l1: 0.1, logZ: EXACT, logZEstimate: EXACT, effectiveSampleSize: 0.9 };
    const { html } = await report([runFolder("lost", GRID, evaluation(20, 4, [lost, well]))], "lost-report");
    expect(html).toMatch(
      /<h3>Diagnosis<\/h3>\n<ul class="notes"><li><span[^>]*><\/span>renyi, alpha 0\.5: 1 of 2 replicas: with seed 0, log Z is log 4 too low: about three quarters of the target are never sampled/,
    );
    expect(html).toContain("--exploration 0.2:0");
    // A policy that was not trained is not diagnosed.
    expect((await report([runFolder("untrained", GRID, evaluation(0, 0, [lost, well]))], "untrained")).html).not.toContain("Diagnosis");
  });

  it("goes into the run's folder where nothing else is said, and needs nothing from elsewhere", async () => {
    expect((await call(["report", folder, "--no-pictures"])).status).toBe(0);
    const html = readFileSync(join(folder, "report.html"), "utf8");
    expect(existsSync(join(folder, "report.csv"))).toBe(true);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(link|img|iframe)\b|\ssrc=|url\(|@import/i);
    const scripts = [...html.matchAll(/<script(?: type="module")?>(.*?)<\/script>/gs)].map(([, code]) => code as string);
    expect(scripts).toHaveLength(2);
    // Both are JavaScript as a browser reads it; `export {}` is what marks the second one as a module.
    for (const code of scripts) expect(() => new Script(code.replace("export {};", ""))).not.toThrow();
    expect(html.match(/<figure>/g)).toHaveLength(html.match(/<\/figure>/g)?.length as number);
  });
});

describe("a report of several runs", () => {
  const tb = runFolder("tb", { ...GRID, objective: "tb" }, METRICS);
  const loo = runFolder("loo", { ...GRID, estimator: "loo" }, METRICS);
  const twin = runFolder("twin", GRID, METRICS);
  const points = evaluation(
    20,
    1,
    [
      { js: 0.3, logZ: 0.5 },
      { js: 0.1, logZ: -0.5 },
    ],
    {},
    0,
  );
  const banana = runFolder("banana", { environment: "banana", replicas: 2, steps: 20 }, points);

  it("lays runs on one environment over one another, and losses only where they are the same", async () => {
    const { charts, html, csv } = await report([join(root, "one"), tb, banana, loo], "several");
    expect(charts.map(({ quantity, curves }) => [quantity, curves.map(({ label }) => label)])).toEqual([
      ["L1", ["renyi, alpha 0.5, estimator paper", "tb", "renyi, alpha 0.5, estimator loo"]],
      ["log Z error", ["renyi, alpha 0.5, estimator paper", "tb", "renyi, alpha 0.5, estimator loo"]],
      ["loss", ["renyi, alpha 0.5, estimator paper", "renyi, alpha 0.5, estimator loo"]],
      ["loss", ["tb"]],
      ["JS", ["renyi, alpha 0.5"]],
      ["log Z error", ["renyi, alpha 0.5"]],
    ]);
    expect(charts[3]!.curves[0]).toMatchObject({ colour: 1 });
    const small = runFolder("small", { ...GRID, batchSize: 8 }, METRICS);
    expect(tableIn((await report([join(root, "one"), small], "two-batches")).html, "L1 during")[3]).toEqual([
      "20",
      "320",
      "160",
      "0.150 ± 0.050",
      "0.150 ± 0.050",
    ]);
    expect(html.match(/<h2>/g)).toHaveLength(2);
    // A line for each of two seeds.
    expect(csv.map(({ objective }) => objective)).toEqual(["renyi", "renyi", "tb", "tb", "renyi", "renyi", "renyi", "renyi"]);
    expect(csv.map(({ "objective.loss": g }) => g)).toEqual(["", "", "square", "square", "", "", "", ""]);
    expect(Number(csv.at(-1)!["js"])).toBeCloseTo(0.2, 12);
  });

  it("names twins by their folders, and takes a folder that is named twice once", async () => {
    const one = join(root, "one");
    const { charts } = await report([one, twin, `${one}/`], "twins");
    expect(charts[0]!.curves.map(({ label }) => label)).toEqual([`renyi, alpha 0.5, ${one}`, `renyi, alpha 0.5, ${twin}`]);
  });

  it("keeps bands above zero on a logarithmic axis", async () => {
    const wide = evaluation(20, 1, [
      { l1: 0.0, logZ: 0 },
      { l1: 0.4, logZ: 0 },
      { l1: 0.02, logZ: 0 },
    ]);
    const whole = evaluation(
      0,
      0,
      [2, 2, 2].map((l1) => ({ l1, logZ: 0 })),
    );
    const { charts } = await report([runFolder("wide", { ...GRID, replicas: 3 }, whole + wide)], "wide-report");
    // The mean is .14, the sd .18.
    expect(charts[0]!.curves[0]!.low).toEqual([2, expect.closeTo(0.042, 12)]);
  });
});

describe("a reward on the host", () => {
  const evaluated = (step: number, objects: number) =>
    evaluation(step, step / 10, [{ l1: 1 / (1 + step), logZ: EXACT }], {
      rewards: { all: 2 * objects, evaluated: objects, seconds: objects / 50 },
    });
  const folder = runFolder("host", { ...GRID, replicas: 1 }, [evaluated(0, 5), evaluated(10, 30), evaluated(20, 40)].join(""));

  it("is counted in tables and CSV, and curves can be drawn over its evaluations", async () => {
    const { html, charts, csv } = await report([folder], "host-report");
    const [columns = [], row = []] = tableIn(html, "Final values");
    expect(Object.fromEntries(columns.map((column, k) => [column, row[k]]))).toMatchObject({
      "rewards evaluated": "320",
      "objects evaluated on the host": "40",
      "seconds of the reward": "0.8",
    });
    expect(csv[0]).toMatchObject({ rewardEvaluations: "320", objectsEvaluated: "40", rewardSeconds: "0.8" });
    expect(charts[0]!.axes[2]).toMatchObject({ short: "objects evaluated" });
    expect(charts[0]!.curves[0]!.at[2]).toEqual([5, 30, 40]);
    expect(tableIn(html, "L1 during")[2]).toEqual(["10", "160", "30", "0.09091"]);
    expect(html).toContain("<option>distinct objects evaluated on the host</option>");
  });

  it("is no axis for runs together with one whose reward is on the GPU", async () => {
    const { html, charts } = await report([folder, join(root, "one")], "host-and-one");
    expect(charts[0]!.axes.map(({ short }) => short)).not.toContain("objects evaluated");
    expect(html).not.toContain("<option>distinct objects");
  });
});

describe("a broken replica", () => {
  const fault = { quantity: "loss", step: 12 };
  const metrics = evaluation(20, 4, [
    { l1: 0.1, logZ: EXACT + 0.1, loss: 1 },
    { l1: 1.5, logZ: EXACT - 5, loss: null, fault },
  ]);

  it("is left out of tables, curves and CSV", async () => {
    const { html, charts, csv } = await report([runFolder("faulty", GRID, `${METRICS.split("\n")[0]}\n${metrics}`)], "faulty-report");
    const [columns = [], row = []] = tableIn(html, "Final values");
    const cells = Object.fromEntries(columns.map((column, k) => [column, row[k]]));
    expect(cells).toMatchObject({ "L1 before": "1.10 ± 0.10", "L1 after": "0.1", "log Z error": "0.1" });
    expect(charts.map(({ quantity, curves }) => [quantity, curves[0]!.mean.at(-1), curves[0]!.high.at(-1)])).toEqual([
      ["L1", 0.1, 0.1],
      ["log Z error", expect.closeTo(0.1, 12), expect.closeTo(0.1, 12)],
      ["loss", 1, 1],
    ]);
    expect(csv[0]).toMatchObject({ l1: "0.1", l1Sd: "0" });
    expect(csv.filter(({ sound }) => sound === "true")).toHaveLength(1);
    expect(html).toContain(
      "replica 1 (seed 1) met a loss that is not finite at step 12; it was trained no further, and is left out of means",
    );
  });

  it("of which a folder says something that no replica can meet is a damaged line, which is not shown", async () => {
    const foreign = evaluation(20, 4, [
      { l1: 0.1, logZ: EXACT },
      { l1: 1.5, logZ: EXACT, fault: { quantity: "<b>luck</b>", step: 3 } },
    ]);
    const { html } = await report([runFolder("foreign", GRID, `${METRICS.split("\n")[0]}\n${foreign}`)], "foreign-report");
    expect(html).toContain("line 2 of metrics.jsonl is damaged");
    expect(html).not.toContain("luck");
  });
});

describe("metrics of one's own", () => {
  const energy = { key: "energy", label: "mean energy", help: "mean energy of 64 objects", better: "lower", log: true };
  const distinct = { key: "distinct", label: "distinct", help: "share of distinct objects" };
  const own = (value: number) => ({ ...({ energy: value, distinct: value / 1000 } as object), l1: 0.5, logZ: EXACT });
  const metrics = evaluation(0, 0, [own(300), own(100)]) + evaluation(20, 4, [own(3), own(5)]);
  const folder = runFolder("own-metric", GRID, metrics);
  writeFileSync(
    join(folder, "columns.json"),
    JSON.stringify([{ key: "l1", label: "L1", help: "a distance", better: "lower" }, energy, distinct]),
  );

  it("are in tables, charts and CSV without their code", async () => {
    const { html, charts, csv } = await report([folder], "own-metric-report");
    const [columns = [], row = []] = tableIn(html, "Final values");
    expect(Object.fromEntries(columns.map((column, k) => [column, row[k]]))).toMatchObject({
      "mean energy before": "200 ± 100",
      "mean energy after": "4.0 ± 1.0",
      distinct: "0.0040 ± 0.0010",
    });
    expect(charts.map(({ quantity, logarithmic, curves }) => [quantity, logarithmic, curves[0]!.mean])).toEqual([
      ["L1", false, [0.5, 0.5]],
      ["mean energy", true, [200, 4]],
      ["distinct", false, [0.2, 0.004]],
    ]);
    expect(html).toContain("mean energy of 64 objects; lower is better");
    expect(csv[0]).toMatchObject({ energyBefore: "200", energyBeforeSd: "100", energy: "4", energySd: "1", distinct: "0.004", js: "" });
  });

  it("are left out where the file that names them is damaged, which the report says", async () => {
    const damaged = runFolder("damaged-columns", GRID, metrics);
    writeFileSync(join(damaged, "columns.json"), JSON.stringify([{ ...energy, better: "sideways" }]));
    const { stderr, charts } = await report([damaged], "damaged-columns-report");
    expect(stderr).toBe(`webgfn: ${damaged}: columns.json is damaged, so that metrics of one's own are left out.\n`);
    expect(charts.map(({ quantity }) => quantity)).toEqual(["L1", "log Z error"]);
  });
});

describe("texts of a configuration", () => {
  it("end no script, and are no markup", async () => {
    const name = `</script><script>alert("1")</script><b>'&.csv`;
    const text = ["a,b", ...Array.from({ length: 9 }, (_, n) => `${n % 4},${(n * n) % 5}`)].join("\n");
    const folder = runFolder(
      "hostile",
      { environment: "dags", env: { data: { name, text } }, steps: 20, evaluateEvery: 20, replicas: 2 },
      METRICS,
    );
    const { html, csv } = await report([folder], "hostile-report");
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<b>");
    expect(html).toContain("&#60;/script&#62;&#60;script&#62;alert(&#34;1&#34;)");
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(csv[0]!["title"]).toContain(name);
  });

  it("in the data of the charts are text only", async () => {
    const { html, charts } = await report([runFolder("</script><i>&", GRID, METRICS), join(root, "twin")], "hostile-folder");
    expect(html).not.toContain("<i>");
    expect(charts[0]!.curves[0]!.label).toContain("</script><i>&");
  });
});

describe("a run that is not whole", () => {
  const [before = "", middle = ""] = METRICS.split("\n");

  it.each([
    ["cut-off", `${before}\n${middle}\n{"step":20,"sec`, "reported up to step 10 of 20: the last line of metrics.jsonl is cut off", 10],
    ["damaged", `${before}\nnonsense\n${middle}\n`, "reported up to step 0 of 20: line 2 of metrics.jsonl is damaged", 0],
    ["stopped", `${before}\n${middle}\n`, "reported up to step 10 of 20: it has no later evaluation", 10],
    ["empty", "", "holds no evaluation", undefined],
    ["missing", undefined, "holds no evaluation: there is no metrics.jsonl", undefined],
  ])("%s is reported as far as it goes, in one sentence", async (name, metrics, sentence, step) => {
    const { html, stderr, csv } = await report([runFolder(name, GRID, metrics)], `${name}-report`);
    expect(stderr).toBe(`webgfn: ${join(root, name)} ${sentence.startsWith("holds") ? "" : "is "}${sentence}.\n`);
    expect(html).toContain(sentence);
    expect(csv[0]!["step"]).toBe(step === undefined ? "" : String(step));
    expect(csv[0]!["l1"]).toBe(step === 10 ? "0.6" : "");
  });

  it("has no values where a replica's are not finite", async () => {
    const metrics = evaluation(20, 1, [
      { l1: 0.5, logZ: null },
      { l1: 0.7, logZ: 1 },
    ]);
    const { charts, csv } = await report([runFolder("infinite", GRID, metrics)], "infinite-report");
    expect(charts.map(({ quantity }) => quantity)).toEqual(["L1"]);
    expect(csv[0]).toMatchObject({ logZ: "", l1: "0.6" });
  });

  it.each([
    ["/nowhere", /^webgfn: \/nowhere does not exist; give the folder/],
    ["/etc/hostname", /^webgfn: \/etc\/hostname is not a folder/],
    [root, /is not the folder of a run: it has no config.json/],
  ])("%s is refused as bad usage", async (folder, sentence) => {
    const { status, stdout, stderr } = await call(["report", join(root, "one"), folder, "--out", join(root, "refused.html")]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(sentence);
    expect(existsSync(join(root, "refused.html"))).toBe(false);
  });

  it("needs a folder, and two files", async () => {
    expect(await call(["report"])).toMatchObject({ status: 2, stderr: expect.stringContaining("the form is webgfn report DIR…") });
    const same = join(root, "same.html");
    const { status, stderr } = await call(["report", join(root, "one"), "--out", same, "--csv", same]);
    expect([status, stderr]).toEqual([2, `webgfn: --out and --csv both name ${same}\n`]);
    expect(await call(["report", join(root, "one"), "--out", root])).toMatchObject({
      status: 2,
      stderr: `webgfn: --out names a file, but ${root} is a folder\n`,
    });
  });

  it("without a checkpoint or an adapter is reported without pictures", async () => {
    const { status, stderr } = await run(["report", join(root, "one")], { env: WITHOUT_ADAPTER });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^webgfn: There is no picture of .*one: .* has no checkpoint.safetensors: .*\.\n$/);
  });
});

/** A run with the weights that training begins with: compiling the kernels of a training step would take a minute. */
function untrained(name: string, given: PartialConfiguration): string {
  const configuration = completeConfiguration(given);
  const folder = runFolder(name, configuration);
  const net = fitPolicy(policyOf(configuration), makeEnvironment(configuration.environment, configuration.env));
  const tensors = stackLayers("policy", net, [initialWeights(net, 0)]);
  writeFileSync(
    join(folder, "checkpoint.safetensors"),
    encodeCheckpoint({ configuration: JSON.stringify(configuration), step: 0, tensors }),
  );
  return folder;
}

describe("pictures", () => {
  it("show what was learned beside the target", async () => {
    const grid = join(root, "grid-run");
    const { status: trained } = await run([
      ..."train hypergrid --env.side 4 --hidden 8 --batch-size 16 --replicas 2 --steps 4 --out".split(" "),
      grid,
    ]);
    expect(trained).toBe(0);
    const plane = untrained("plane-run", { environment: "banana", hidden: [8] });
    const sets = untrained("sets-run", { environment: "sets", env: { items: 30, size: 12 }, hidden: [8] });
    expect(JSON.parse(readFileSync(join(grid, "metrics.jsonl"), "utf8").trimEnd().split("\n").at(-1) as string)).toMatchObject({
      adapter: { backend: "dawn" },
    });
    const out = join(root, "pictures.html");
    const { status, stderr } = await run(["report", grid, plane, sets, "--out", out]);
    expect(stderr.match(/^webgfn: .*/gm)).toEqual([
      `webgfn: ${plane} holds no evaluation: there is no metrics.jsonl.`,
      `webgfn: ${sets} holds no evaluation: there is no metrics.jsonl.`,
    ]);
    expect(status).toBe(0);
    const html = readFileSync(out, "utf8");

    // Probabilities of the cells sum to 1 on both sides; a corner of the target has .501 of a Z of 2.016.
    const cells = tableIn(html, "Probability of each cell").slice(1);
    expect(cells).toHaveLength(16);
    for (const column of [2, 3]) expect(cells.reduce((sum, row) => sum + Number(row[column]), 0)).toBeCloseTo(1, 2);
    expect(Number(cells.find(([y, x]) => y === "0" && x === "3")?.[2])).toBeCloseTo(0.501 / 2.016, 3);
    expect(tableIn(html, "The 10 likeliest of 16 objects")).toHaveLength(11);

    // Nearly all of both densities lies within the map.
    const density = tableIn(html, "Density").slice(1);
    expect(density).toHaveLength(1600);
    const coordinate = (column: number) => [...new Set(density.map((row) => Number(row[column])))].sort((a, b) => a - b);
    const area = [0, 1].map(coordinate).reduce((product, values) => (product * (values.at(-1)! - values[0]!)) / (values.length - 1), 1);
    expect(area * density.reduce((sum, row) => sum + Number(row[2]), 0)).toBeCloseTo(1, 1);
    expect(area * density.reduce((sum, row) => sum + Number(row[3]), 0)).toBeGreaterThan(0.3);

    expect(tableIn(html, "The 10 best objects sampled")[0]).toEqual(["rank", "log R", "log R/Z", "log p_T, renyi, alpha 0.5", "object"]);
    expect(html.match(/<svg /g)).toHaveLength(4);
  });

  it("are left out where there is no adapter, which the report says", async () => {
    const { status, stderr } = await run(["report", join(root, "grid-run")], { env: WITHOUT_ADAPTER });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^webgfn: There are no pictures of the learned distributions: no WebGPU adapter was found.*\.\n$/m);
    expect(readFileSync(join(root, "grid-run", "report.html"), "utf8")).toContain("There are no pictures of the learned distributions");
  });
});
