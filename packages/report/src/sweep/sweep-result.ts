import { known } from "@webgfn/runs/internal";
import { countsOf } from "./cells.js";
import { defaultMetric, metricsOf, type Ranked, ranked } from "./metrics.js";
import type { Sweep } from "./swept-runs.js";
import { summaryOf, type Variant, variantsOf } from "./variants.js";

/** A sweep as a JSON object: its counts, the best settings on each environment by the first metric, and all settings with their results. */
export function sweepResult(sweep: Sweep) {
  const all = variantsOf(sweep);
  const metrics = metricsOf(sweep.columns, all.variants);
  const metric = metrics[defaultMetric(metrics)];
  const settingsOf = ({ at }: Variant) =>
    Object.fromEntries(all.axes.map(({ key, values, numbers }, a) => [key, (numbers ?? values)[at[a] as number]]));
  const entry = (variant: Variant) => ({
    ...(all.problems.length > 1 && { environment: all.problems[variant.problem] }),
    settings: settingsOf(variant),
    runs: variant.runs.map(({ index, hash, state }) => ({ index, hash, state })),
    ...known({ step: variant.step, steps: variant.steps, seconds: variant.seconds }),
    summary: known(Object.fromEntries(metrics.map(({ key }) => [key, summaryOf(variant.final, key)]))),
  });
  const best = metric === undefined ? [] : all.problems.flatMap((_, problem) => bestOf(all.variants, problem, metric));
  return {
    ...countsOf(sweep.runs),
    metric: metric?.key ?? null,
    best: best.map(({ variant }) => entry(variant)),
    combinations: all.variants.map(entry),
    failures: sweep.runs.flatMap(({ index, hash, state, failure }) =>
      state === "failed" ? [{ index, hash, message: failure ?? null }] : [],
    ),
    notes: sweep.notes,
  };
}

function bestOf(variants: readonly Variant[], problem: number, metric: Parameters<typeof ranked>[1]): Ranked[] {
  return ranked(
    variants.filter((variant) => variant.problem === problem),
    metric,
  ).slice(0, 1);
}
