import type { Metric } from "./metrics.js";
import type { SettingAxis } from "./setting-axes.js";

/** The data of the script of a sweep's page. */
export interface SweepData {
  readonly metrics: readonly Pick<Metric, "label" | "help" | "direction" | "log" | "perObjective">[];
  readonly axes: readonly SettingAxis[];
  readonly problems: readonly string[];
  /** Lists of training steps. */
  readonly grids: readonly (readonly number[])[];
  readonly variants: readonly VariantData[];
}

/** A combination of settings. */
export interface VariantData {
  /** Index of its value on each axis. */
  readonly at: readonly number[];
  readonly problem: number;
  /** The objective with its orders: values of a metric per objective are comparable only within it. */
  readonly objective: string;
  readonly isDone: boolean;
  /** For each metric: mean, population sd and number of seeds after training; `null` if there is no value. */
  readonly final: readonly (readonly [number, number, number] | null)[];
  /** Index of its list of training steps. */
  readonly grid: number;
  /** Sound seeds at each step. */
  readonly counts: readonly number[];
  /**
   * Values by metric, statistic and step, as base64 of float32: mean, sd, lowest and highest, or only the mean if there is one seed; NaN if
   * there is no value.
   */
  readonly curves: string;
}

/** Statistics of a curve's points. */
export const STATISTICS = 4;
