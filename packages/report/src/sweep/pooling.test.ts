import { completeConfiguration } from "@webgfn/runs";
import { columns } from "@webgfn/trainer/internal";
import { expect, it } from "vitest";
import { metricsOf } from "./metrics.js";
import { sweepData } from "./page-data.js";
import { candidatesOf, inRank, pooled } from "./pooling.js";
import type { SweptRun } from "./swept-runs.js";
import { variantsOf } from "./variants.js";

const METRICS = [columns.l1, columns.effectiveSampleSize];

/** L1 of a seed at a step, and its effective sample size. */
const valuesAt = (batchSize: number, seed: number, step: number) => ({
  seed,
  l1: (1 + seed / 7) / (1 + step * batchSize),
  effectiveSampleSize: step === 0 ? null : 1 / (1 + seed),
});

function swept(
  index: number,
  batchSize: number,
  seed: number,
  replicas: number,
  steps: readonly number[],
  state: SweptRun["state"],
): SweptRun {
  const settings = { batchSize, seed, replicas };
  const evaluations = steps.map((step) => ({
    step,
    seconds: step,
    replicas: Array.from({ length: replicas }, (_, r) => valuesAt(batchSize, seed + r, step)),
  }));
  return {
    ...{ index, hash: `run${index}`, folder: `run${index}`, settings, state },
    configuration: completeConfiguration({ environment: "sets", steps: 20, evaluateEvery: 10, ...settings }),
    evaluations: evaluations as unknown as SweptRun["evaluations"],
    interval: 10,
    columns: METRICS,
    exactLogZ: undefined,
  };
}

/** Mean, population sd, lowest and highest value. */
function statistics(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return [mean, sd, Math.min(...values), Math.max(...values)];
}

const runs = [
  swept(0, 16, 0, 2, [0, 10, 20], "done"),
  swept(1, 16, 2, 3, [0, 10, 20], "done"),
  swept(2, 32, 0, 2, [0, 10, 20], "done"),
  // It has a seed that run 2 has, and is half done.
  swept(3, 32, 1, 2, [0, 10, 13], "waiting"),
  swept(4, 64, 0, 1, [], "waiting"),
];
const variants = variantsOf({ runs, columns: METRICS, notes: [] });
const candidates = candidatesOf(JSON.parse(JSON.stringify(sweepData(variants, metricsOf(METRICS, variants.variants)))));

it("takes runs that differ in their seeds alone together, and every seed once", () => {
  expect(variants.axes.map(({ key, values }) => [key, values])).toEqual([["batchSize", ["16", "32", "64"]]]);
  expect(variants.variants.map((each) => [each.runs.length, each.planned, each.final.length, each.isDone])).toEqual([
    [2, 5, 5, true],
    [2, 4, 2, false],
    [1, 1, 0, false],
  ]);
  expect(candidates.map(({ steps, counts }) => [steps, counts])).toEqual([
    [
      [0, 10, 20],
      [5, 5, 5],
    ],
    [
      [0, 10, 20],
      [3, 3, 2],
    ],
    [[], []],
  ]);
});

it("gives the statistics of all seeds", () => {
  const seedsOf = { 16: [0, 1, 2, 3, 4], 32: [0, 1, 2] };
  const curve = pooled(candidates, 0, 2);
  expect([curve.steps, curve.seeds]).toEqual([[0, 10, 20], 8]);
  for (const [n, step] of [0, 10].entries()) {
    const all = Object.entries(seedsOf).flatMap(([batchSize, seeds]) => seeds.map((seed) => valuesAt(Number(batchSize), seed, step).l1));
    const found = [curve.mean[n], curve.sd[n], curve.low[n], curve.high[n]] as number[];
    for (const [k, value] of statistics(all).entries()) expect(found[k]).toBeCloseTo(value, 6);
  }
});

it("draws a straight line between the steps of a curve, and leaves out what has no value", () => {
  const [first] = candidates as [(typeof candidates)[0]];
  const values = Float32Array.of(1, 3, 0, 0, 1, 3, 1, 3);
  const other = { ...first, steps: [0, 20], counts: [1, 1], values };
  const curve = pooled([first, other], 0, 1);
  const own = [0, 1, 2, 3, 4].map((seed) => valuesAt(16, seed, 10).l1);
  expect(curve.steps).toEqual([0, 10, 20]);
  expect(curve.mean[1]).toBeCloseTo((own.reduce((sum, value) => sum + value, 0) + 2) / 6, 6);
  // There is no effective sample size before training.
  expect(pooled(candidates, 1, 2).steps).toEqual([10, 20]);
});

it("ranks what is not finished only where nothing is", () => {
  expect(inRank(candidates, 0, "lower").map(({ index }) => index)).toEqual([0]);
  expect(inRank(candidates.slice(1), 0, "lower").map(({ index }) => index)).toEqual([1]);
  const both = candidates.slice(0, 2).map((each) => ({ ...each, isDone: true }));
  expect(inRank(both, 0, "lower").map(({ index }) => index)).toEqual([1, 0]);
  expect(inRank(both, 0, "higher").map(({ index }) => index)).toEqual([0, 1]);
});
