import type { Environment } from "@webgfn/envs";
import { Replicas } from "@webgfn/sampler";
import { requireOptions, rules, type Schema } from "@webgfn/tensor";
import type { Progress, ReplicaProgress, Trainer } from "../trainer.js";
import { bestRewards, type DistinctObject, distinctObjects, modesFound } from "./best-objects.js";
import { pearson, spearman, withoutRounding } from "./correlation.js";
import { type EdgeMarginals, edgeMarginals } from "./edge-marginals.js";
import { effectiveSampleSize } from "./effective-sample-size.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { ExactEvaluator } from "./exact.js";
import { type HeldOutEstimates, heldOutEstimates } from "./held-out.js";
import { type PolicySamples, policySamples } from "./policy-samples.js";

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
}

const OPTIONS: Schema<FullEvaluationOptions> = { objects: rules.whole(1, 2 ** 20), top: rules.whole(1), modeThreshold: rules.finite };

/** One replica at a full evaluation. */
export interface ReplicaReport extends ReplicaProgress {
  /** Pearson's correlation of log p_T(x) with log R(x) over the held-out objects; NaN where either does not vary. */
  pearson: number;
  /** Spearman's rank correlation of the same; ties, rewards apart by float32 rounding among them, are averaged. */
  spearman: number;
  /**
   * E[log R + log p_B − log p_F] over exact samples of the target and uniform backward trajectories, an upper bound of
   * log Z; `undefined` where the target cannot be sampled.
   */
  eubo?: number;
  /** |log Z as estimated or learned − log Z by the environment's formula|; `undefined` where it has none. */
  logZError?: number;
  /** Mean reward of the best distinct objects sampled; infinite where the rewards exceed a float64. */
  topReward: number;
  /** Mean log R of the same objects. */
  topLogReward: number;
  /** Distinct modes sampled. */
  modes: number;
  /** (Σ w)² / (N Σ w²) of the forward KL's weights of the objects sampled, from 1/N to 1. */
  effectiveSampleSize: number;
  /** Of graphs only: the edges of the objects sampled, beside the exact marginals. */
  edgeMarginals?: EdgeMarginals;
}

/** All replicas at a full evaluation. */
export interface FullEvaluation extends Progress {
  replicas: ReplicaReport[];
  /**
   * Where the held-out objects come from: drawn exactly from R/Z, or, where that is not possible, sampled in equal shares
   * from every replica's policy.
   */
  heldOut: "target" | "policy";
  /** log R from which an object counted as a mode. */
  modeThreshold: number;
}

/** Added to the step in the random numbers of full evaluations, so that they differ from every other batch's. */
const FULL_EVALUATION = 0xc0000000;
/** Held-out objects, the same ones for every replica. */
const HELD_OUT = 256;
/** Seed of the target's held-out objects: the same ones at every evaluation. */
const SEED = 1;

/**
 * Everything that {@link Trainer.evaluate} measures, and what is too dear for every few steps: correlations on held-out
 * objects, the upper bound of log Z, the best objects, modes, effective sample size, edge marginals.
 *
 * Rollouts and probabilities are the GPU's work; a few numbers per object come back, and the statistics are float64. The
 * same weights, seeds and options give the same numbers.
 *
 * @throws WebgfnError `argument` for an option that is not acceptable, `limit` for more objects than the adapter holds.
 */
export async function fullEvaluation(trainer: Trainer, options: FullEvaluationOptions = {}): Promise<FullEvaluation> {
  const { environment, seed } = trainer.options;
  requireOptions("a full evaluation", options, OPTIONS);
  const { objects = 1024, top = 100 } = options;
  const progress = await trainer.evaluate();
  const replicas = new Replicas(
    trainer.device,
    progress.replicas.map((_, r) => ({ seed: seed + r, step: (FULL_EVALUATION + trainer.step) >>> 0 })),
  );
  const { weights, data } = trainer.buffers;
  const inputs: EvaluatorInputs = { device: trainer.device, environment, network: trainer.network, weights, data, replicas };
  try {
    const samples = await policySamples(inputs, objects);
    const mass = trainer.distance instanceof ExactEvaluator ? trainer.distance.mass : undefined;
    const estimates = await heldOutEstimates(inputs, heldOutObjects(environment, samples), mass);
    const distinct = samples.map(({ states, logRewards }) => distinctObjects(states, logRewards));
    const modeThreshold = options.modeThreshold ?? environment.modeThreshold ?? highest(distinct) - Math.LN2;
    return {
      ...progress,
      replicas: progress.replicas.map((replica, r) => ({
        ...replica,
        ...correlations(environment, estimates[r] as HeldOutEstimates),
        ...(environment.exactLogZ.available ? { logZError: Math.abs(replica.logZ - environment.exactLogZ.value) } : {}),
        ...bestRewards(distinct[r] as DistinctObject[], top),
        modes: modesFound(distinct[r] as DistinctObject[], modeThreshold, environment.modeOf),
        effectiveSampleSize: effectiveSampleSize((samples[r] as PolicySamples).logWeights),
        ...withEdges(edgeMarginals(environment, (samples[r] as PolicySamples).states)),
      })),
      heldOut: environment.exactSampling.available ? "target" : "policy",
      modeThreshold,
    };
  } finally {
    replicas.dispose();
  }
}

function withEdges(edges: EdgeMarginals | undefined): Pick<ReplicaReport, "edgeMarginals"> {
  return edges === undefined ? {} : { edgeMarginals: edges };
}

/** Objects drawn from the target, or, where it cannot be sampled, from the replicas' policies in turn. */
function heldOutObjects({ exactSampling, stateWords }: Environment, samples: readonly PolicySamples[]): Uint32Array {
  if (exactSampling.available) return exactSampling.value(HELD_OUT, SEED);
  const available = samples.reduce((sum, { logRewards }) => sum + logRewards.length, 0);
  const objects = new Uint32Array(Math.min(HELD_OUT, available) * stateWords);
  for (let n = 0; n * stateWords < objects.length; n++) {
    const { states } = samples[n % samples.length] as PolicySamples;
    const start = Math.floor(n / samples.length) * stateWords;
    objects.set(states.subarray(start, start + stateWords), n * stateWords);
  }
  return objects;
}

function correlations(
  { exactSampling }: Environment,
  { logProbabilities, logRewards, meanLogWeight }: HeldOutEstimates,
): Pick<ReplicaReport, "pearson" | "spearman" | "eubo"> {
  return {
    pearson: pearson(logProbabilities, logRewards),
    spearman: spearman(logProbabilities, withoutRounding(logRewards)),
    ...(exactSampling.available ? { eubo: meanLogWeight } : {}),
  };
}

/** The largest log R that any replica has sampled. */
function highest(distinct: readonly (readonly DistinctObject[])[]): number {
  return Math.max(...distinct.map(([best]) => best?.logReward ?? Number.NEGATIVE_INFINITY));
}
