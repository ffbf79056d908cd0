import type { Environment } from "@webgfn/envs";
import type { Fault, LinearWeights, Network } from "@webgfn/sampler";
import { environmentData, FIRST_BATCH, Replicas, requireFiniteWeights, weightsTensor } from "@webgfn/sampler/internal";
import { type Device, rules } from "@webgfn/tensor";
import { requireArgument, requireOptions, requireRule, type Schema } from "@webgfn/tensor/internal";
import { TRAINER } from "../checkpoint.js";
import { columns, inOrder } from "../metrics/columns.js";
import { defaultMetrics } from "../metrics/defaults.js";
import { requireDistinctKeys } from "../metrics/define-metric.js";
import { fullMetrics, isHeldOutFromTarget, modeThresholdOf } from "../metrics/full-metrics.js";
import { MeasuredMetrics } from "../metrics/measured-metrics.js";
import type { Column, Metric, Values } from "../metrics/metric.js";
import { type Prior, placedPrior } from "../prior.js";
import { meanDistances, type Progress, type ReplicaProgress, replicaProgress, type SampleStatistics } from "../progress.js";
import { exactLogZOf } from "../target.js";
import type { Trainer } from "../trainer.js";
import type { EvaluatorInputs } from "./evaluator.js";
import type { ExactEvaluator } from "./exact.js";
import { type EdgeMarginals, edgeMarginals } from "./graph-posterior.js";
import type { PolicySamples } from "./policy-samples.js";
import { type CladeFrequencies, cladeFrequencies } from "./tree-posterior.js";

/** Options of {@link fullEvaluation} and {@link evaluateModel}. */
export interface FullEvaluationOptions {
  /** Objects sampled from every replica's policy, from 1 to 2^20. Default 1024. */
  objects?: number;
  /** How many of the best distinct objects among them count for `topReward`. Default 100. */
  top?: number;
  /**
   * log R from which an object counts as a mode. Default: the environment's ({@link Environment.modeThreshold}); if it has none, log R of the
   * best object that any replica sampled, minus log 2.
   */
  modeThreshold?: number;
  /** For graphs: edges of a reference graph, by the numbers of their variables. Default: the graph that the data were simulated from. */
  reference?: readonly (readonly [from: number, to: number])[];
  /** For graphs: how many of the best sampled graphs, and of the commonest equivalence classes, are listed. Default 5. */
  listed?: number;
}

const MODEL = rules.having("a model", "environment", "network", "weights");
const EDGES = {
  words: "a list of edges, [from, to]",
  accepts: (value: unknown) => Array.isArray(value) && value.every((edge) => Array.isArray(edge) && edge.length === 2),
};
const OPTIONS: Schema<FullEvaluationOptions> = {
  objects: rules.whole(1, 2 ** 20),
  top: rules.whole(1),
  modeThreshold: rules.finite,
  reference: EDGES,
  listed: rules.whole(0),
};

/** Values that a full evaluation adds for each replica, besides edge marginals. */
interface FullValues {
  /**
   * Pearson's correlation of log p_T(x) with log R(x) over the held-out objects; NaN if either is constant. With a prior, log p_prior(x) R(x)
   * replaces log R(x).
   */
  pearson: number;
  /** Spearman's rank correlation of the same. Ties are averaged; rewards that differ only by float32 rounding count as ties. */
  spearman: number;
  /**
   * E[log R + log p_B − log p_F] over exact samples of the target and uniform backward trajectories, an upper bound of log Z; `undefined` if
   * the target cannot be sampled.
   */
  eubo?: number;
  /** Mean reward of the best distinct objects sampled; infinite if the rewards exceed a float64. */
  topReward: number;
  /** Mean log R of the same objects. */
  topLogReward: number;
  /** Mean distance between two of the same objects, of at most 100 of them; see `distanceOf`. Absent if objects have no distance. */
  topDiversity?: number;
  /** Distinct modes sampled. */
  modes: number;
  /** (Σ w)² / (N Σ w²) of the forward KL's weights of the objects sampled, from 1/N to 1. */
  effectiveSampleSize: number;
  /** Flow consistency in subgraphs, on distinct objects that this replica's policy sampled; NaN if it sampled only one. */
  fcs: number;
  fcsError: number;
  /** Spearman's rank correlation on a benchmark's test set, if the environment has one. */
  testSpearman?: number;
  /** Only for graphs; see `EdgeMarginals` and {@link FullEvaluationOptions.reference}. */
  edgeRmse?: number;
  edgeMarginalError?: number;
  expectedShd?: number;
  edgeAuroc?: number;
  meanEdges?: number;
  /** Only for trees; see `CladeFrequencies`. */
  marginalLogLikelihood?: number;
  marginalLogLikelihoodError?: number;
  cladeRmse?: number;
  cladeError?: number;
}

/** One replica at a full evaluation. */
export interface ReplicaReport extends Omit<ReplicaProgress, keyof FullValues>, FullValues {
  /** Only for graphs: the edges of the objects sampled, next to the exact marginals. */
  edgeMarginals?: EdgeMarginals;
  /** Only for trees: the clades of the objects sampled, next to their exact probabilities. */
  cladeFrequencies?: CladeFrequencies;
}

/** All replicas at a full evaluation. */
export interface FullEvaluation extends Progress {
  /** What was measured of each replica. */
  replicas: ReplicaReport[];
  /** The measured columns, in the order of tables. */
  columns: readonly Column[];
  /**
   * Where the held-out objects come from. `target`: drawn exactly from R/Z. `policy`: sampled in equal shares from every replica's policy,
   * because R/Z cannot be sampled or training has a prior.
   */
  heldOut: "target" | "policy";
  /** log R from which an object counted as a mode. */
  modeThreshold: number;
}

/** A model to measure without training it, such as that of a checkpoint. */
export interface EvaluatedModel {
  /** The environment with the target. */
  environment: Environment;
  /** The policy's layout, such as `trainer.network`. */
  network: Network;
  /** Weights of every replica. */
  weights: readonly LinearWeights[][];
  /** Seed of replica 0; replica r has seed + r. Default 0. */
  seed?: number;
  /** Training steps that were taken: evaluations at the same step draw the same random numbers. Default 0. */
  step?: number;
  /** log Z of every replica, if the objective learned it. */
  learnedLogZ?: readonly number[];
  /** Why replicas are broken, if they are. */
  faults?: readonly (Fault | undefined)[];
  /** User-defined metrics; see `defineMetric`. */
  metrics?: readonly Metric[];
  /** The policy of the prior, if training had one. Distances are then those to p_prior(x) R(x)/Z. */
  prior?: Prior;
}

/** Objects sampled to find out what broke a replica. */
const FEW = 1024;

/**
 * Measures everything that {@link Trainer.evaluate} does, and what needs too many samples to be measured every few steps: correlations on
 * held-out objects, the upper bound of log Z, the best objects, modes, flow consistency, effective sample size, edge marginals.
 *
 * Rollouts and probabilities are the GPU's work; a few numbers per object come back, and the statistics are float64. The
 * same weights, seeds and options give the same numbers.
 *
 * @throws WebgfnError `argument` for an invalid option, `limit` for more objects than the adapter holds.
 *
 * @example
 * ```ts
 * import { fullEvaluation, openDevice, renyi, sets, Trainer } from "webgfn";
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, { environment: sets({ items: 10, size: 5 }), objective: renyi() });
 * await trainer.train(100);
 * const { heldOut, replicas } = await fullEvaluation(trainer, { objects: 512 });
 * console.log(heldOut, replicas[0]?.l1, replicas[0]?.pearson); // the held-out objects are from the target
 * device.dispose();
 * ```
 */
export async function fullEvaluation(trainer: Trainer, options: FullEvaluationOptions = {}): Promise<FullEvaluation> {
  requireOptions("a full evaluation", options, OPTIONS);
  requireRule("trainer", trainer, TRAINER);
  // Nobody may train between the two evaluations.
  return trainer.exclusively(async ({ evaluate }) => {
    const { device, network, buffers, placedPrior: prior } = trainer;
    const { environment } = trainer.options;
    const { weights, data } = buffers;
    const progress = await evaluate();
    const place = { device, environment, network, weights, data, ...(prior && { prior }) };
    return completed(progress, trainer.columns, place, trainer.exact, options);
  });
}

/**
 * Like {@link fullEvaluation}, for a model that is not being trained: no training kernel is compiled. The loss is NaN, because there is no
 * training batch. A replica whose weights are so large that its log-probabilities overflow gets a `fault`, as in training.
 *
 * @throws WebgfnError as {@link fullEvaluation} does; `numbers` for a weight that is not finite.
 *
 * @example
 * ```ts
 * import { evaluateModel, hypergrid, openDevice, renyi, Trainer } from "webgfn";
 * const device = await openDevice();
 * const trainer = await Trainer.create(device, { environment: hypergrid({ side: 8 }), objective: renyi() });
 * await trainer.train(100);
 * const { network } = trainer; // the same policy, against another reward
 * const model = { environment: hypergrid({ side: 8, r0: 0.1 }), network, weights: await trainer.weights() };
 * console.log((await evaluateModel(device, model, { objects: 512 })).l1);
 * device.dispose();
 * ```
 */
export async function evaluateModel(device: Device, model: EvaluatedModel, options: FullEvaluationOptions = {}): Promise<FullEvaluation> {
  requireOptions("a full evaluation", options, OPTIONS);
  requireArgument.device(device);
  requireRule("model", model, MODEL);
  const { environment, network, seed = 0, step = 0, learnedLogZ, faults, metrics = [], prior } = model;
  requireDistinctKeys(metrics);
  const settings = model.weights.map((_, r) => ({ seed: seed + r, step: (FIRST_BATCH.evaluation + step) >>> 0 }));
  const owned: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(made: T): T => {
    owned.push(made);
    return made;
  };
  try {
    for (const [r, layers] of model.weights.entries()) requireFiniteWeights(layers, `replica ${r}`);
    const weights = own(weightsTensor(device, network, model.weights));
    const data = own(environmentData(device, environment));
    const placed = prior && placedPrior(device, prior, model.weights.length);
    if (placed) own(placed.weights);
    const place = { device, environment, network, weights, data, ...(placed && { prior: placed }) };
    const wanted = [...defaultMetrics(model, { device, network }), ...metrics];
    const exactLogZ = exactLogZOf(model);
    const measured = own(await MeasuredMetrics.create(wanted, { ...place, replicas: own(new Replicas(device, settings)) }));
    const values = await measured.measure(step);
    const found = await faultsIn(values, step, () => measured.samples(FEW));
    const replicas = values.map((each, r) => {
      const fault = faults?.[r] ?? found[r];
      return replicaProgress(each, {
        exactLogZ,
        seed: seed + r,
        loss: Number.NaN,
        learnedLogZ: learnedLogZ?.[r],
        fault,
      });
    });
    const progress = { step, seconds: 0, ...meanDistances(replicas), replicas };
    const error = exactLogZ.available ? [columns.logZError] : [];
    return await completed(progress, [...measured.columns, ...error], place, measured.exact, options);
  } finally {
    for (const made of owned.reverse()) made.dispose();
  }
}

/**
 * The fault of each replica whose policy sampled trajectories with a number that is not finite.
 *
 * @param draw samples a few more objects. Only their log p_F tells whether the policy is at fault: a sound policy may make objects that have
 * no reward.
 */
async function faultsIn(values: readonly Values[], step: number, draw: () => Promise<PolicySamples[]>): Promise<(Fault | undefined)[]> {
  const isBroken = values.map((each) => !Number.isFinite((each as Values & SampleStatistics).elbo));
  if (!isBroken.includes(true)) return [];
  const samples = await draw();
  return isBroken.map((broken, r) => {
    if (!broken) return undefined;
    const isReward = samples[r]?.logForward.every(Number.isFinite) ?? false;
    return { quantity: isReward ? "log reward" : "log probability", step };
  });
}

/** Adds to an evaluation the metrics that need many samples. */
async function completed(
  progress: Progress,
  measured: readonly Column[],
  place: Omit<EvaluatorInputs, "replicas">,
  exact: ExactEvaluator | undefined,
  { objects = 1024, top = 100, modeThreshold, reference, listed = 5 }: FullEvaluationOptions,
): Promise<FullEvaluation> {
  const { device, environment } = place;
  const settings = progress.replicas.map(({ seed }) => ({ seed, step: (FIRST_BATCH.fullEvaluation + progress.step) >>> 0 }));
  const inputs = { ...place, replicas: new Replicas(device, settings) };
  let metrics: MeasuredMetrics | undefined;
  try {
    const hasPrior = inputs.prior !== undefined;
    const options = { environment, objects, top, modeThreshold, reference, mass: exact?.mass, hasPrior };
    metrics = await MeasuredMetrics.create(fullMetrics(options), inputs);
    const values = await metrics.measure(progress.step);
    const samples = await metrics.samples(objects);
    const added = metrics.columns;
    const replicas = progress.replicas.map((replica, r) => ({
      ...replica,
      ...(values[r] as Values & FullValues),
      // They stand next to exact values of R/Z, which is not the target of a training with a prior.
      ...(!hasPrior &&
        defined({
          edgeMarginals: edgeMarginals(environment, samples[r] as PolicySamples, listed),
          cladeFrequencies: cladeFrequencies(environment, (samples[r] as PolicySamples).states),
        })),
    }));
    return {
      ...progress,
      replicas,
      // For a column that both measured, the value from the larger sample counts.
      columns: inOrder([...measured, ...added.filter(({ key }) => !measured.some((column) => column.key === key))]),
      heldOut: isHeldOutFromTarget(options) ? "target" : "policy",
      modeThreshold: modeThresholdOf(options, samples),
    };
  } finally {
    metrics?.dispose();
    inputs.replicas.dispose();
  }
}

/** The fields that are not undefined. */
function defined(fields: {
  edgeMarginals: EdgeMarginals | undefined;
  cladeFrequencies: CladeFrequencies | undefined;
}): Pick<ReplicaReport, "edgeMarginals" | "cladeFrequencies"> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
