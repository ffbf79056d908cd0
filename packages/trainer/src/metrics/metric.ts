import type { Capability, Environment } from "@webgfn/envs";
import type { Network } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import type { EvaluatorInputs } from "../evaluation/evaluator.js";
import type { PolicySamples } from "../evaluation/policy-samples.js";

/**
 * One number per replica, and how tables and charts show it. A column is plain JSON: a run folder stores it, so that reports need no
 * code of the metric.
 */
export interface Column {
  /** Name in the API, in JSON, in `metrics.jsonl` and in CSV, such as `l1`. */
  readonly key: string;
  /** Name in tables and charts, such as `L1`. */
  readonly label: string;
  /** A description, for the text next to a chart. */
  readonly help: string;
  /** The direction of improvement. Tables then show the value before training, too. */
  readonly better?: "lower" | "higher";
  /** Whether charts use a logarithmic axis, because values span orders of magnitude. Default false. */
  readonly log?: boolean;
  /**
   * Where the column appears: `everywhere` (progress line, summary, charts, tables), only in the table of a full `evaluation`, or only
   * in `data` (JSON and CSV). Default `everywhere`.
   */
  readonly shown?: "everywhere" | "evaluation" | "data";
  /** If this column is an error: the key of the column that it belongs to. Charts and progress lines show only the error. */
  readonly errorOf?: string;
  /** Whether values are comparable only between runs with the same objective, as those of the loss are. Default false. */
  readonly perObjective?: boolean;
  /** Whether the value is a count, printed without decimals. Default false. */
  readonly whole?: boolean;
}

/** Values by column key. NaN stands for an undefined value, such as a correlation with a constant. */
export type Values = Readonly<Record<string, number>>;

/** The model that a metric measures, its device, and objects sampled from its policies. */
export interface MetricInputs extends EvaluatorInputs {
  /**
   * Samples `count` objects from every replica's policy. Metrics that sample the same count in one evaluation share the arrays, so do
   * not write to them.
   */
  samples(count: number): Promise<PolicySamples[]>;
}

/** A metric with everything allocated and compiled to measure one model repeatedly. */
export interface Measuring {
  /**
   * Measures the model with its current weights.
   *
   * @param step training steps taken so far.
   * @returns one entry per replica, each with a number for every column of the metric.
   */
  measure(step: number): Promise<readonly Values[]>;
  /** Switches to an environment with other rewards of the same shape. A metric without this method is disposed and created again. */
  retarget?(environment: Environment): void;
  /** Frees the metric's buffers. */
  dispose(): void;
}

/** A device and a policy's network: both decide whether a metric's kernels fit. */
export interface Placement {
  /** The device. */
  device: Device;
  /** The policy's layout. */
  network: Network;
}

/** One or more quantities measured for every replica at each evaluation. {@link defineMetric} builds one. */
export interface Metric {
  /** Name in errors and notes. */
  readonly name: string;
  /** What it measures, one number per replica each. */
  readonly columns: readonly Column[];
  /** Whether the metric can measure models of this environment, or the reason why not. */
  available(environment: Environment, placement: Placement): Capability<true>;
  /** Allocates and compiles whatever measuring needs. If it throws, it must have freed its buffers. */
  create(inputs: MetricInputs): Promise<Measuring>;
}
