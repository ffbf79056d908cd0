import type { Environment } from "@webgfn/envs";
import type { Combination, Divergence, Hosted, Objective } from "@webgfn/objectives";
import { type Integrand, integrandOf } from "@webgfn/objectives/internal";
import { type LinearWeights, mlp, type Network, type Policy } from "@webgfn/sampler";
import { FIRST_BATCH, fitPolicy, initialWeights } from "@webgfn/sampler/internal";
import { type Device, rules } from "@webgfn/tensor";
import { argumentError, largestOf, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { trainerSchema } from "../options.js";
import {
  batchCombinations,
  combined,
  type HostEstimator,
  hostEstimator,
  type ScoreSums,
  scoreSums,
  type VarianceEstimator,
  varianceEstimators,
} from "./estimates.js";
import { exactGradientSize, exactGradients, obstacleToExactGradients } from "./exact-gradient.js";
import { type ScoredBatch, ScoreSampler } from "./scores.js";
import { stateGraph } from "./state-graph.js";
import { FEWEST_BATCHES, meanCosine, meanCosineToOthers, squaredDeviations, traceOfCovariance, traceReduction } from "./statistics.js";
import { dot, meanVector, squaredDistance } from "./vectors.js";

/** Options of {@link gradientVariance}. */
export interface VarianceOptions {
  /** The environment that is sampled. */
  environment: Environment;
  /** The policy. Its p_B must be uniform. Default `mlp({ hidden: [64, 64] })`. */
  policy?: Policy;
  /** The policy's weights, layer by layer. Default: those of an untrained policy with `seed`. */
  weights?: readonly LinearWeights[];
  /** Divergences with a `host` side in float64, as all of this project are. */
  objectives: readonly Objective[];
  /** Names of estimators, or estimators built by `defineEstimator`. */
  estimators: readonly VarianceEstimator[];
  /** Trajectories per batch; each size is at least 2, because leave-one-out needs two. */
  batchSizes: readonly number[];
  /** Independent batches of each size, M. Default 200. */
  batches?: number;
  /** Seed of the initial weights and of the batches. Default 0. */
  seed?: number;
  /** Called after every batch with the number of batches so far, over all sizes. */
  onBatch?: (done: number) => void;
}

const anEstimator = {
  words: `${varianceEstimators.join(" or ")}, or an estimator`,
  accepts: (value: unknown) =>
    varianceEstimators.includes(value as string) || (typeof value === "object" && value !== null && "wgsl" in value),
};

const OPTIONS: Schema<VarianceOptions> = {
  environment: trainerSchema.environment,
  policy: trainerSchema.policy,
  weights: rules.list("a list of layers, each with a weight and a bias", rules.having("a layer", "weight", "bias"), 0, 64),
  objectives: rules.list("a list of divergences, such as [renyi()]", trainerSchema.objective, 1, 64),
  estimators: rules.list(`a list of ${varianceEstimators.join(", ")}`, anEstimator, 0, 64),
  batchSizes: rules.list("a list of whole numbers from 2 to 65536", rules.whole(2, 2 ** 16), 1, 64),
  batches: rules.whole(FEWEST_BATCHES, 2 ** 20),
  seed: rules.whole(0),
  onBatch: rules.callback,
};

/** The gradient of one divergence by one estimator, over M batches of N trajectories. */
export interface VarianceRow {
  /** The objective's name. */
  objective: string;
  /** Order α of the divergence, if it has one. */
  alpha: number | null;
  /** Name of the estimator. */
  estimator: string;
  /** N */
  batchSize: number;
  /** M */
  batches: number;
  /** Trace of the covariance of the batch gradient: the sum of the variances of its entries. */
  trace: number;
  /** 95 % confidence interval of `trace`, by the jackknife over batches. */
  traceInterval: [number, number];
  /** The trace of estimator `none` on the same batches. */
  traceWithout: number;
  /** traceWithout / trace */
  reduction: number;
  /** 95 % confidence interval of `reduction`, by the jackknife over batches. */
  reductionInterval: [number, number];
  /** ‖Ḡ‖ of the mean over all batches. */
  norm: number;
  /** Mean cosine of a batch's gradient to the mean of estimator `loo` over all the other batches. */
  cosine: number;
  /** Standard error of `cosine`. */
  cosineError: number;
  /** Batches whose gradient is exactly 0. They have no direction: the cosines leave them out. */
  zeroGradients: number;
  /** ‖E G‖ of the exact gradient. This field and the following ones need the exact gradient. */
  exactNorm?: number;
  /** ‖Ḡ − exact‖ */
  bias?: number;
  /** √(trace/M): the root mean square of `bias` for an unbiased estimator. */
  biasError?: number;
  /** Mean cosine of a batch's gradient to the exact one. */
  exactCosine?: number;
  /** Standard error of `exactCosine`. */
  exactCosineError?: number;
}

/** What {@link gradientVariance} returns. */
export interface VarianceReport {
  /** One for each objective, estimator and batch size. */
  rows: VarianceRow[];
  /** Why there is no exact gradient, if there is none. */
  exactUnavailable?: string;
}

/**
 * Measures the variance of batch gradients with and without control variates (the paper's Fig. 2). All objectives and estimators use the same
 * batches, from a policy with fixed weights. Rewards are divided by one constant r̄: the largest reward of all objects if they can be listed,
 * otherwise the largest of the first batch.
 *
 * Needs 8 · M · parameters bytes of host memory for every objective, and three times that in addition.
 *
 * @throws WebgfnError `argument` for invalid options, `limit` for sizes beyond the adapter's limits.
 *
 * @example
 * ```ts
 * import { gradientVariance, openDevice, renyi, sets } from "webgfn";
 * const device = await openDevice();
 * const sizes = { batchSizes: [32], batches: 50 };
 * const settings = { environment: sets({ items: 10, size: 5 }), objectives: [renyi({ alpha: 0.5 })], estimators: ["none", "paper"], ...sizes };
 * const { rows } = await gradientVariance(device, settings);
 * for (const { estimator, trace } of rows) console.log(estimator, trace);
 * device.dispose();
 * ```
 */
export async function gradientVariance(device: Device, options: VarianceOptions): Promise<VarianceReport> {
  checkVarianceOptions(options);
  const { environment, policy = mlp(), batchSizes, batches = 200, seed = 0 } = options;
  const net = fitPolicy(policy, environment);
  const weights = options.weights ?? initialWeights(net, seed);
  const objectives = options.objectives.map(divergence);
  const exact = await exactly(device, environment, net, weights, objectives);
  const estimators = options.estimators.map(hostEstimator);
  const rows: VarianceRow[] = [];
  let { logRewardShift } = exact;
  for (const [index, batchSize] of batchSizes.entries()) {
    const firstBatch = FIRST_BATCH.variance + index * batches;
    const sampler = await ScoreSampler.create(device, { environment, network: net, weights, batchSize, seed, firstBatch });
    try {
      const collected = objectives.map(() => new Collected(withReferences(estimators)));
      for (let m = 0; m < batches; m++) {
        const batch = await sampler.next();
        logRewardShift ??= largestOf(batch.logReward);
        const sums = scoreSums(batch.scores, batchSize);
        for (const [o, { host }] of objectives.entries()) {
          (collected[o] as Collected).add(batch, sums, batchIntegrand(host, batch, logRewardShift));
        }
        options.onBatch?.(index * batches + m + 1);
      }
      objectives.forEach((objective, o) => {
        for (const row of (collected[o] as Collected).rows(objective, estimators, batchSize, exact.gradients?.[o])) rows.push(row);
      });
    } finally {
      sampler.dispose();
    }
  }
  return { rows, ...(exact.reason === undefined ? {} : { exactUnavailable: exact.reason }) };
}

/** @throws WebgfnError `argument` naming the first option that is not acceptable. */
export function checkVarianceOptions(options: VarianceOptions): void {
  requireOptions("a measurement of variances", options, OPTIONS, "environment", "objectives", "estimators", "batchSizes");
  options.objectives.forEach(divergence);
  options.estimators.forEach(hostEstimator);
  if (options.policy?.parameters["backward"]?.value === "learned") {
    throw argumentError("the variance is measured with a uniform backward policy, not a learned one");
  }
}

/** A divergence whose variance can be measured. */
type Measured = Hosted<Divergence>;

/** @throws WebgfnError `argument` for an objective whose variance cannot be measured, with the reason. */
function divergence(objective: Objective): Measured {
  if (objective.family !== "divergence") throw argumentError(`${objective.name} takes no estimator; only divergences do`);
  if (objective.host === undefined) {
    throw argumentError(
      `the variance of ${objective.name} cannot be measured: it has no host side in float64`,
      "give defineObjective a host",
    );
  }
  return objective as Measured;
}

/** The reference estimators that every row is compared with, then the requested ones. */
function withReferences(estimators: readonly HostEstimator[]): HostEstimator[] {
  const references = ["none", "loo"].map(hostEstimator);
  return [...references, ...estimators.filter(({ name }) => !references.some((reference) => reference.name === name))];
}

interface Exact {
  /** One per objective. */
  gradients?: Float64Array[];
  /** The log r̄ of these gradients: the largest log R of all objects. */
  logRewardShift?: number;
  reason?: string;
}

async function exactly(
  device: Device,
  environment: Environment,
  net: Network,
  weights: readonly LinearWeights[],
  objectives: readonly Measured[],
): Promise<Exact> {
  const size = exactGradientSize(environment, net);
  if (!size.available) return { reason: size.reason };
  const graph = await stateGraph(device, environment);
  const obstacle = obstacleToExactGradients(graph, objectives);
  if (obstacle !== undefined) return { reason: obstacle };
  const logRewardShift = graph.reduce((highest, { logReward = highest }) => Math.max(highest, logReward), Number.NEGATIVE_INFINITY);
  return { gradients: exactGradients(graph, net, weights, objectives, { logRewardShift }), logRewardShift };
}

/** The gradients of one objective by every estimator, batch by batch. */
class Collected {
  readonly #estimators: readonly HostEstimator[];
  readonly #batches: { centred: Float64Array; sum: Float64Array; combinations: Combination[] }[] = [];

  constructor(estimators: readonly HostEstimator[]) {
    this.#estimators = estimators;
  }

  /** @param sums shared by all objectives, so this must not change them. */
  add({ scores }: ScoredBatch, sums: ScoreSums, values: Integrand): void {
    this.#batches.push({ sum: sums.sum, ...batchCombinations(scores, sums, values, this.#estimators) });
  }

  #gradients(estimator: string): Float64Array[] {
    const e = this.#estimators.findIndex(({ name }) => name === estimator);
    return this.#batches.map(({ centred, sum, combinations }) => combined(centred, sum, combinations[e] as Combination));
  }

  rows(objective: Objective, estimators: readonly HostEstimator[], batchSize: number, exact?: Float64Array): VarianceRow[] {
    const without = squaredDeviations(this.#gradients("none"));
    const references = this.#gradients("loo");
    const batches = this.#batches.length;
    return estimators.map(({ name: estimator }) => {
      const gradients = this.#gradients(estimator);
      const deviations = squaredDeviations(gradients);
      const trace = traceOfCovariance(deviations);
      const reduction = traceReduction(deviations, without);
      const centre = meanVector(gradients);
      const cosine = meanCosineToOthers(gradients, references);
      return {
        objective: objective.name,
        alpha: (objective.parameters["alpha"]?.value as number | undefined) ?? null,
        estimator,
        batchSize,
        batches,
        trace: trace.value,
        traceInterval: trace.interval,
        traceWithout: traceOfCovariance(without).value,
        reduction: reduction.value,
        reductionInterval: reduction.interval,
        norm: Math.sqrt(dot(centre, centre)),
        cosine: cosine.mean,
        cosineError: cosine.error,
        zeroGradients: gradients.filter((gradient) => gradient.every((value) => value === 0)).length,
        ...(exact === undefined ? {} : againstExact(gradients, centre, trace.value, exact)),
      };
    });
  }
}

/**
 * A batch's integrand with rewards divided by r̄.
 *
 * @param logRewardShift log r̄, one constant for all batches: a different constant per batch would weigh the batches differently.
 */
export function batchIntegrand(
  host: Measured["host"],
  { logForward, logBackward, logReward }: Pick<ScoredBatch, "logForward" | "logBackward" | "logReward">,
  logRewardShift: number,
): Integrand {
  const logWeights = logReward.map((value, n) => value - logRewardShift + (logBackward[n] as number) - (logForward[n] as number));
  return integrandOf(host, logWeights, { logRewardShift });
}

function againstExact(
  gradients: readonly Float64Array[],
  centre: Float64Array,
  trace: number,
  exact: Float64Array,
): Required<Pick<VarianceRow, "exactNorm" | "bias" | "biasError" | "exactCosine" | "exactCosineError">> {
  const { mean, error } = meanCosine(gradients, exact);
  return {
    exactNorm: Math.sqrt(dot(exact, exact)),
    bias: Math.sqrt(squaredDistance(centre, exact)),
    biasError: Math.sqrt(trace / gradients.length),
    exactCosine: mean,
    exactCosineError: error,
  };
}
