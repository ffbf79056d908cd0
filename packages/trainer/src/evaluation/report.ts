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
  /** How many of the best distinct ones among them count for `topReward`. Default 100. */
  top?: number;
  /**
   * log R from which an object counts as a mode. Default: the environment's ({@link Environment.modeThreshold}), or where it
   * knows none, log R of the best object that any replica sampled, minus log 2.
   */
  modeThreshold?: number;
  /** Of graphs: edges to compare them with, by the numbers of their variables. Default: those that the data were simulated from. */
  reference?: readonly (readonly [from: number, to: number])[];
  /** Of graphs: how many of the best ones that were sampled, and of the commonest equivalence classes, are listed. Default 5. */
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

/** What a full evaluation adds for each replica, beside edge marginals. */
interface FullValues {
  /**
   * Pearson's correlation of log p_T(x) with log R(x), and with a prior with log p_prior(x) R(x), over the held-out objects; NaN where either does
   * not vary.
   */
  pearson: number;
  /** Spearman's rank correlation of the same; ties, rewards apart by float32 rounding among them, are averaged. */
  spearman: number;
  /**
   * E[log R + log p_B − log p_F] over exact samples of the target and uniform backward trajectories, an upper bound of
   * log Z; `undefined` where the target cannot be sampled.
   */
  eubo?: number;
  /** Mean reward of the best distinct objects sampled; infinite where the rewards exceed a float64. */
  topReward: number;
  /** Mean log R of the same objects. */
  topLogReward: number;
  /** Mean distance between two of the same objects, 100 at most; see `distanceOf`. Absent where objects have none. */
  topDiversity?: number;
  /** Distinct modes sampled. */
  modes: number;
  /** (Σ w)² / (N Σ w²) of the forward KL's weights of the objects sampled, from 1/N to 1. */
  effectiveSampleSize: number;
  /** Flow consistency in subgraphs, on distinct objects that this replica's policy sampled; NaN where it sampled one alone. */
  fcs: number;
  fcsError: number;
  /** Spearman's rank correlation on a benchmark's test set, where the environment has one. */
  testSpearman?: number;
  /** Of graphs only; see `EdgeMarginals` and {@link FullEvaluationOptions.reference}. */
  edgeRmse?: number;
  edgeMarginalError?: number;
  expectedShd?: number;
  edgeAuroc?: number;
  meanEdges?: number;
  /** Of trees only; see `CladeFrequencies`. */
  marginalLogLikelihood?: number;
  marginalLogLikelihoodError?: number;
  cladeRmse?: number;
  cladeError?: number;
}

/** One replica at a full evaluation. */
export interface ReplicaReport extends Omit<ReplicaProgress, keyof FullValues>, FullValues {
  /** Of graphs only: the edges of the objects sampled, beside the exact marginals. */
  edgeMarginals?: EdgeMarginals;
  /** Of trees only: the clades of the objects sampled, beside their exact probabilities. */
  cladeFrequencies?: CladeFrequencies;
}

/** All replicas at a full evaluation. */
export interface FullEvaluation extends Progress {
  /** What was measured of each replica. */
  replicas: ReplicaReport[];
  /** What was measured, in the order of tables. */
  columns: readonly Column[];
  /**
   * Where the held-out objects come from: drawn exactly from R/Z, or, where that is not possible and with a prior, sampled in equal shares
   * from every replica's policy.
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
  /** log Z of every replica, where the objective learned it. */
  learnedLogZ?: readonly number[];
  /** Why replicas are broken, if they are. */
  faults?: readonly (Fault | undefined)[];
  /** Metrics of one's own. */
  metrics?: readonly Metric[];
  /** The policy of the prior, where training had one. Distances are then those to p_prior(x) R(x)/Z. */
  prior?: Prior;
}

/** Objects that tell what broke a replica. */
const FEW = 1024;

/**
 * Everything that {@link Trainer.evaluate} measures, and what needs too many samples for every few steps: correlations on
 * held-out objects, the upper bound of log Z, the best objects, modes, flow consistency, effective sample size, edge marginals.
 *
 * Rollouts and probabilities are the GPU's work; a few numbers per object come back, and the statistics are float64. The
 * same weights, seeds and options give the same numbers.
 *
 * @throws WebgfnError `argument` for an option that is not acceptable, `limit` for more objects than the adapter holds.
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
 * The same for a model that is not being trained: no training kernel is compiled. There is no loss (NaN), which belongs to a
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
 * What was not finite in the trajectories that each replica's policy sampled, if anything was.
 *
 * @param draw samples a few more. Only their log p_F tells whether the policy is at fault: it may make objects that have no reward.
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

/** Adds to an evaluation what needs many samples. */
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
      // They are beside exact ones, which are those of R/Z.
      ...(!hasPrior &&
        defined({
          edgeMarginals: edgeMarginals(environment, samples[r] as PolicySamples, listed),
          cladeFrequencies: cladeFrequencies(environment, (samples[r] as PolicySamples).states),
        })),
    }));
    return {
      ...progress,
      replicas,
      // What both measured is that of the larger sample.
      columns: inOrder([...measured, ...added.filter(({ key }) => !measured.some((column) => column.key === key))]),
      heldOut: isHeldOutFromTarget(options) ? "target" : "policy",
      modeThreshold: modeThresholdOf(options, samples),
    };
  } finally {
    metrics?.dispose();
    inputs.replicas.dispose();
  }
}

/** The fields that are there. */
function defined(fields: {
  edgeMarginals: EdgeMarginals | undefined;
  cladeFrequencies: CladeFrequencies | undefined;
}): Pick<ReplicaReport, "edgeMarginals" | "cladeFrequencies"> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
