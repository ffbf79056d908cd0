import { soundReplicas } from "@webgfn/trainer/internal";
import type { Metric } from "./metrics.js";
import type { SweepData, VariantData } from "./sweep-data.js";
import { replicasAtStep, stepsOf, summaryOf, type Variants } from "./variants.js";

/** The data of a sweep's page. */
export function sweepData({ axes, problems, variants }: Variants, metrics: readonly Metric[]): SweepData {
  const grids: number[][] = [];
  const places = new Map<string, number>();
  const placeOf = (grid: number[]): number => {
    const key = grid.join();
    const known = places.get(key) ?? grids.push(grid) - 1;
    places.set(key, known);
    return known;
  };
  const all = variants.map(({ at, problem, fullObjective, isDone, final, runs }): VariantData => {
    const steps = stepsOf(runs);
    const replicas = steps.map((step) => replicasAtStep(runs, step));
    const counts = replicas.map((each) => soundReplicas(each).length);
    const isSpread = counts.some((count) => count > 1);
    const values = metrics.flatMap(({ key }) => {
      const summaries = replicas.map((each) => summaryOf(each, key));
      const statistic = (name: "mean" | "sd" | "low" | "high") => summaries.map((summary) => summary?.[name] ?? Number.NaN);
      return isSpread ? [statistic("mean"), statistic("sd"), statistic("low"), statistic("high")].flat() : statistic("mean");
    });
    return {
      at,
      problem,
      objective: fullObjective,
      isDone,
      final: metrics.map(({ key }) => {
        const summary = summaryOf(final, key);
        return summary === undefined ? null : [short(summary.mean), short(summary.sd), summary.seeds];
      }),
      grid: placeOf(steps),
      counts,
      curves: Buffer.from(Float32Array.from(values).buffer).toString("base64"),
    };
  });
  return {
    metrics: metrics.map(({ label, help, direction, log, perObjective }) => ({
      label,
      help,
      direction,
      ...(log !== undefined && { log }),
      ...(perObjective !== undefined && { perObjective }),
    })),
    axes,
    problems,
    grids,
    variants: all,
  };
}

function short(value: number): number {
  return Number(value.toPrecision(7));
}
