import type { Column } from "@webgfn/trainer";
import { type Summary, summaryOf, type Variant } from "./variants.js";

/** A column that readers may compare settings by. */
export interface Metric extends Column {
  /** The direction of improvement; `undefined` for a quantity without one, such as log Z. */
  readonly direction: "lower" | "higher" | undefined;
}

/** The columns that reports show and that have a value for at least one combination. */
export function metricsOf(columns: readonly Column[], variants: readonly Variant[]): Metric[] {
  return columns
    .filter(({ key, shown }) => shown !== "data" && variants.some(({ final }) => summaryOf(final, key) !== undefined))
    .map((column) => ({ ...column, direction: column.better ?? (column.key === "loss" ? "lower" : undefined) }));
}

/** The metric that a page begins with: the first one with a direction that is comparable between objectives, or else the loss. */
export function defaultMetric(metrics: readonly Metric[]): number {
  const comparable = metrics.findIndex(({ direction, perObjective = false }) => direction !== undefined && !perObjective);
  if (comparable >= 0) return comparable;
  return Math.max(
    0,
    metrics.findIndex(({ direction }) => direction !== undefined),
  );
}

/** A combination with its value of a metric. */
export interface Ranked {
  readonly variant: Variant;
  readonly summary: Summary;
}

/** Combinations from the best to the worst. Unfinished ones are ranked only if none is finished. Empty for a metric without a direction. */
export function ranked(variants: readonly Variant[], { key, direction }: Metric): Ranked[] {
  if (direction === undefined) return [];
  const valued = variants.flatMap((variant) => {
    const summary = summaryOf(variant.final, key);
    return summary === undefined ? [] : [{ variant, summary }];
  });
  const done = valued.filter(({ variant }) => variant.isDone);
  const sign = direction === "lower" ? 1 : -1;
  return [...(done.length > 0 ? done : valued)].sort((a, b) => sign * (a.summary.mean - b.summary.mean));
}
