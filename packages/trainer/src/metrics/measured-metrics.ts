import type { Environment } from "@webgfn/envs";
import type { EvaluatorInputs } from "../evaluation/evaluator.js";
import { ExactEvaluator } from "../evaluation/exact.js";
import { type PolicySamples, policySamples } from "../evaluation/policy-samples.js";
import { PosteriorEvaluator } from "../evaluation/posterior.js";
import { requireValues } from "./define-metric.js";
import type { Column, Measuring, Metric, MetricInputs, Values } from "./metric.js";

/** A metric that cannot measure an environment, and the reason. */
export interface UnavailableMetric {
  /** The metric's name. */
  name: string;
  /** Why it cannot measure the environment. */
  reason: string;
}

interface Entry {
  metric: Metric;
  measuring: Measuring;
}

/** Several metrics of one model, measured together. Metrics that sample the same number of objects share the samples. */
export class MeasuredMetrics {
  readonly #inputs: EvaluatorInputs;
  readonly #samples: SharedSamples;
  #entries: readonly Entry[];
  /** Metrics that cannot measure this environment. */
  unavailable: readonly UnavailableMetric[];

  private constructor(inputs: EvaluatorInputs, samples: SharedSamples, entries: readonly Entry[], unavailable: UnavailableMetric[]) {
    this.#inputs = inputs;
    this.#samples = samples;
    this.#entries = entries;
    this.unavailable = unavailable;
  }

  /**
   * Creates the available metrics concurrently. If one fails, frees the others and rethrows the error of the first failed one.
   */
  static async create(metrics: readonly Metric[], given: EvaluatorInputs): Promise<MeasuredMetrics> {
    const inputs = { ...given };
    const samples = new SharedSamples(inputs);
    const { usable, unavailable } = splitByAvailability(metrics, inputs);
    return new MeasuredMetrics(inputs, samples, await createAll(usable, withSamples(inputs, samples)), unavailable);
  }

  /** The columns of all metrics that can measure the environment. */
  get columns(): Column[] {
    return this.#entries.flatMap(({ metric }) => metric.columns);
  }

  /** The exact distribution over objects as of the latest {@link measure}, if the environment can be enumerated. */
  get exact(): ExactEvaluator | undefined {
    const ofPolicy = this.#entries.map(({ measuring }) => (measuring instanceof PosteriorEvaluator ? measuring.policy : measuring));
    return ofPolicy.find((measuring) => measuring instanceof ExactEvaluator);
  }

  /**
   * Measures every replica now, one metric after another.
   *
   * @param step training steps taken so far.
   * @returns one entry per replica, with the columns of all metrics.
   * @throws WebgfnError `argument` if a metric does not return a number for every replica and column.
   */
  async measure(step: number): Promise<Values[]> {
    this.#samples.forget();
    const { count } = this.#inputs.replicas;
    const results = Array.from({ length: count }, () => ({}) as Record<string, number>);
    for (const { metric, measuring } of this.#entries) {
      const values = await measuring.measure(step);
      requireValues(metric, values, count);
      results.forEach((result, r) => {
        for (const { key } of metric.columns) result[key] = (values[r] as Values)[key] as number;
      });
    }
    return results;
  }

  /** Samples `count` objects from every policy, or returns those that the metrics of the latest {@link measure} shared. */
  samples(count: number): Promise<PolicySamples[]> {
    return this.#samples.of(count);
  }

  /**
   * Switches to an environment with other rewards of the same shape. Metrics with a `retarget` method are kept, the others are created
   * again. If creating one fails, nothing changes and its error is rethrown.
   *
   * @param metrics the metrics to measure from now on.
   */
  async retarget(metrics: readonly Metric[], environment: Environment): Promise<void> {
    const { usable, unavailable } = splitByAvailability(metrics, { ...this.#inputs, environment });
    const kept = this.#entries.filter(({ metric, measuring }) => usable.includes(metric) && measuring.retarget !== undefined);
    const missing = usable.filter((metric) => !kept.some((entry) => entry.metric === metric));
    const created = await createAll(missing, withSamples({ ...this.#inputs, environment }, this.#samples));
    for (const { measuring } of kept) measuring.retarget?.(environment);
    for (const entry of this.#entries) if (!kept.includes(entry)) entry.measuring.dispose();
    this.#inputs.environment = environment;
    this.#entries = usable.map((metric) => [...kept, ...created].find((entry) => entry.metric === metric) as Entry);
    this.unavailable = unavailable;
  }

  dispose(): void {
    for (const { measuring } of this.#entries) measuring.dispose();
  }
}

/** Separates metrics that can measure the environment from those that cannot. */
function splitByAvailability(metrics: readonly Metric[], inputs: EvaluatorInputs): { usable: Metric[]; unavailable: UnavailableMetric[] } {
  const offers = metrics.map((metric) => ({ metric, offer: metric.available(inputs.environment, inputs) }));
  return {
    usable: offers.flatMap(({ metric, offer }) => (offer.available ? [metric] : [])),
    unavailable: offers.flatMap(({ metric: { name }, offer }) => (offer.available ? [] : [{ name, reason: offer.reason }])),
  };
}

function withSamples(inputs: EvaluatorInputs, samples: SharedSamples): MetricInputs {
  return { ...inputs, samples: (count) => samples.of(count) };
}

async function createAll(metrics: readonly Metric[], inputs: MetricInputs): Promise<Entry[]> {
  // Wait for all, so that a failure can free those that were created.
  const made = await Promise.allSettled(metrics.map(async (metric) => ({ metric, measuring: await metric.create(inputs) })));
  const entries = made.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const failed = made.find((each) => each.status === "rejected");
  if (failed === undefined) return entries;
  for (const { measuring } of entries) measuring.dispose();
  throw failed.reason;
}

/** Caches the objects sampled from the policies, so that each evaluation samples a given count once. */
class SharedSamples {
  readonly #inputs: EvaluatorInputs;
  readonly #drawn = new Map<number, Promise<PolicySamples[]>>();

  constructor(inputs: EvaluatorInputs) {
    this.#inputs = inputs;
  }

  of(count: number): Promise<PolicySamples[]> {
    const drawn = this.#drawn.get(count) ?? policySamples(this.#inputs, count);
    this.#drawn.set(count, drawn);
    return drawn;
  }

  /** Discards the sampled objects. Call it when the weights may have changed. */
  forget(): void {
    this.#drawn.clear();
  }
}
