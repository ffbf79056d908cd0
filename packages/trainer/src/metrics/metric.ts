import type { Capability, Environment } from "@webgfn/envs";
import type { Network } from "@webgfn/sampler";
import type { Device } from "@webgfn/tensor";
import type { EvaluatorInputs } from "../evaluation/evaluator.js";
import type { PolicySamples } from "../evaluation/policy-samples.js";

/** One number per replica, and how people see it. Plain JSON: a run folder keeps it, so that reports need no code of the metric. */
export interface Column {
  /** Name in the API, in JSON, in `metrics.jsonl` and in CSV, such as `l1`. */
  readonly key: string;
  /** Name in tables and charts, such as `L1`. */
  readonly label: string;
  /** What it is, for the text beside a chart. */
  readonly help: string;
  /** The direction of improvement. Tables then show the value before training, too. */
  readonly better?: "lower" | "higher";
  /** Whether its values span orders of magnitude, so that charts have a logarithmic axis. Default false. */
  readonly log?: boolean;
  /**
   * Where people see it: `everywhere` (progress line, summary, charts, tables), only in the table of a full `evaluation`, or
   * only in `data` (JSON and CSV). Default `everywhere`.
   */
  readonly shown?: "everywhere" | "evaluation" | "data";
  /** Key of the column that this one is the error of. Charts and progress lines show the error in its place. */
  readonly errorOf?: string;
  /** Whether only runs with the same objective can be compared by it, as by their loss. Default false. */
  readonly perObjective?: boolean;
  /** Whether it is a count, printed without decimals. Default false. */
  readonly whole?: boolean;
}

/** Values by column key. A number may be NaN where it cannot be said, such as a correlation with a constant. */
export type Values = Readonly<Record<string, number>>;

/** What a metric measures with: a model on a device, and objects that its policy samples. */
export interface MetricInputs extends EvaluatorInputs {
  /**
   * Samples `count` objects from every replica's policy. Metrics that ask for the same count in one evaluation share the
   * objects, so do not write to them.
   */
  samples(count: number): Promise<PolicySamples[]>;
}

/** A metric that is ready to measure one model again and again. */
export interface Measuring {
  /**
   * Measures the model as it is now.
   *
   * @param step training steps taken so far.
   * @returns one entry per replica, each with a number for every column of the metric.
   */
  measure(step: number): Promise<readonly Values[]>;
  /** Goes on with other rewards of the same shape. A metric without this method is created anew. */
  retarget?(environment: Environment): void;
  /** Frees what the metric has allocated. */
  dispose(): void;
}

/** A device and the shape of a policy's network on it: they decide whether a metric's kernels fit. */
export interface Placement {
  device: Device;
  network: Network;
}

/** A quantity, or several, measured for every replica at each evaluation. {@link defineMetric} makes one. */
export interface Metric {
  /** Name in errors and notes. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** Whether the metric can measure models of this environment; the reason where it cannot. */
  available(environment: Environment, placement: Placement): Capability<true>;
  /** Allocates and compiles what measuring needs. Where it throws, it leaves nothing on the device. */
  create(inputs: MetricInputs): Promise<Measuring>;
}
