/** A metric of one's own in everything that the command line writes: no file of ours names it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironment } from "@webgfn/envs";
import { trainingResult } from "@webgfn/runs/internal";
import { RunFolder } from "@webgfn/runs/node";
import { carryOut, type Plan, trainingSummary } from "@webgfn/runs/node/internal";
import { columnValue, defineMetric, distinctObjects } from "@webgfn/trainer";
import { afterAll, describe, expect, it, vi } from "vitest";
import { completeConfiguration } from "webgfn";
import { replicaTable } from "webgfn/internal";
import { testDevice } from "../gpu/device.js";
import { call } from "./run.js";

const root = mkdtempSync(join(tmpdir(), "webgfn-own-metric-"));
afterAll(() => rmSync(root, { recursive: true }));

const distinct = defineMetric({
  name: "diversity",
  columns: [{ key: "distinct", label: "distinct share", help: "share of distinct objects among 64", better: "higher" }],
  create: ({ samples }) => ({
    async measure() {
      return (await samples(64)).map(({ states, logRewards }) => ({ distinct: distinctObjects(states, logRewards).length / 64 }));
    },
    dispose() {},
  }),
});
const absent = defineMetric({ ...distinct, name: "absent", columns: [{ ...distinct.columns[0]!, key: "absent" }] });

const configuration = completeConfiguration({
  environment: "hypergrid",
  env: { side: 4 },
  hidden: [8],
  batchSize: 16,
  steps: 20,
  evaluateEvery: 10,
  replicas: 2,
});

/** Trains as `webgfn train` does, and returns what it says meanwhile. */
async function trained({ metrics, ...plan }: Partial<Plan> & Pick<Plan["parts"], "metrics">) {
  const device = await testDevice();
  let said = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
  try {
    const made = makeEnvironment(configuration.environment, configuration.env);
    const outcome = await carryOut(
      device,
      { configuration, parts: { environment: made, metrics }, checkpointEvery: 10, ...plan },
      new AbortController().signal,
    );
    return { outcome, said, made, adapter: device.adapter };
  } finally {
    spy.mockRestore();
  }
}

describe("a metric of one's own on the command line", () => {
  const out = join(root, "run");
  const unavailable = { ...absent, available: () => ({ available: false, reason: "there is nothing to measure" }) as const };

  it("is in the progress line, the summary, JSON, the run's folder, and the report", async () => {
    const { outcome, said, made, adapter } = await trained({ out, metrics: [distinct, unavailable] });
    const after = outcome.after!;
    const values = after.replicas.map((replica) => columnValue(replica, "distinct")!);
    const mean = (values[0]! + values[1]!) / 2;
    expect(mean).toBeGreaterThan(0.05);
    expect(said).toMatch(/^step 20\/20 .* L1 \d\S* .*log Z error \d\S* {2}ESS \d\S* {2}distinct share 0\.\d+$/m);
    expect(said).toContain("webgfn: the metric absent is not measured: there is nothing to measure\n");

    const summary = trainingSummary(configuration, made, outcome, adapter, out, [], []);
    expect(summary).toMatch(/^ {2}L1 {14}\d\.\d+ -> \d\.\d+ ± \d\.\d+ {3}\(mean ± sd over 2 replicas\)$/m);
    expect(summary).toMatch(/^ {2}log Z {11}-?\d\.\d{4} ± \d\.\d{4} {3}exact 0\.7011$/m);
    expect(summary).toMatch(/^ {2}distinct share {2}0\.\d+ -> 0\.\d+ ± 0\.\d+$/m);
    expect(summary).toMatch(/^ {2}speed {11}\d/m);

    const json = trainingResult(configuration, { ...outcome, after, exactLogZ: 0.7, adapter, folder: out, diagnosis: [] });
    expect(json.replicas.map((replica) => columnValue(replica, "distinct"))).toEqual(values);
    expect(json.replicas[0]).toMatchObject({
      distinctBefore: columnValue(outcome.before!.replicas[0]!, "distinct"),
      l1Before: expect.any(Number),
    });
    expect(json.summary["distinct"]!.mean).toBeCloseTo(mean, 12);
    expect(json.summary["distinctBefore"]).toEqual({ mean: expect.any(Number), sd: expect.any(Number) });

    expect(replicaTable(outcome.columns, after.replicas)).toMatch(/^ {2}replica {2}seed .* distinct share\n/);

    expect(JSON.parse(readFileSync(join(out, "columns.json"), "utf8"))).toContainEqual(distinct.columns[0]);
    const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).replicas.length)).toEqual([2, 2, 2]);
    expect(JSON.parse(lines[2]!).replicas[1].distinct).toBe(values[1]);

    const { status } = await call(["report", out, "--no-pictures", "--out", join(root, "page.html")]);
    expect(status).toBe(0);
    expect(readFileSync(join(root, "page.html"), "utf8")).toContain("Distinct share during training");
    const [headings = "", row = ""] = readFileSync(join(root, "page.csv"), "utf8").split("\r\n");
    expect(Number(row.split(",").at(headings.split(",").indexOf("distinct")))).toBeCloseTo(mean, 12);
  });

  it("stays in the report of a run that is gone on with without it", async () => {
    const { outcome } = await trained({ continued: RunFolder.open(out) });
    expect(outcome.columns.map(({ key }) => key)).not.toContain("distinct");
    expect(RunFolder.open(out).readColumns([]).columns).toContainEqual(distinct.columns[0]);
  });
});
