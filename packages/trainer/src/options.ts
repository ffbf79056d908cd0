import type { Environment } from "@webgfn/envs";
import { type Estimator, type EstimatorName, estimator as estimatorByName, type Objective } from "@webgfn/objectives";
import { mlp, type Policy } from "@webgfn/sampler";
import { argumentError } from "@webgfn/tensor";

/** What to train and how; the defaults are the paper's (method §4). */
export interface TrainerOptions {
  environment: Environment;
  /** Default `mlp({ hidden: [64, 64] })`. */
  policy?: Policy;
  objective: Objective;
  /** Default `paper` for divergences of positive order, `loo` below order 0 or with a learned p_B; balance losses take none. */
  estimator?: EstimatorName;
  /** Trajectories per step and replica. Default 128. */
  batchSize?: number;
  /** Training steps, and the length of the rates' decay. Default 625. */
  steps?: number;
  /** Adam's rate at the first step. Default 1e-3. */
  learningRate?: number;
  /** The rate of log Z. Default 0.1. */
  logZLearningRate?: number;
  /**
   * Where the learned log Z starts. Default: log r̄, the largest log R of an initial batch, so that the loss starts as if
   * R were divided by r̄ and log Z were 0. It decides how long trajectory balance takes: Adam moves log Z by at most its
   * rate per step, and the policy learns little before log Z is near. An estimate of log Z is a better start.
   */
  logZInitial?: number;
  /** The learning rate decays as (1 − step/steps)^power; 0 keeps it constant. Default 1. */
  decayPower?: number;
  /** The same for log Z's rate. Default ½: log Z must still be able to arrive when the policy slows down. */
  logZDecayPower?: number;
  /** Shortens a replica's gradient, over all parameters of its network, to this norm where it is longer. Default: never. */
  gradientClip?: number;
  /**
   * ε: probability of a uniformly chosen action instead of the policy's. Default 0. The divergences' gradients assume
   * on-policy samples and are biased otherwise.
   */
  exploration?: number;
  /** Seed of replica 0; replica r has seed + r, and trains exactly as it would alone. Default 0. */
  seed?: number;
  /** Independent models trained side by side. Default 1. */
  replicas?: number;
}

export interface CheckedOptions extends Required<Omit<TrainerOptions, "estimator" | "logZInitial" | "gradientClip">> {
  estimator: Estimator;
  logZInitial?: number;
  gradientClip?: number;
}

/** Largest whole number that an option takes; GPU counters are 32 bits wide. */
const MOST = 2 ** 31 - 1;

function whole(name: string, value: number, least: number, most = MOST): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw argumentError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

function within(name: string, value: number, least: number, most: number): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw argumentError(`${name} must be a number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** @throws WebgfnError `argument` naming the first option that is not acceptable. */
export function checkOptions(options: TrainerOptions): CheckedOptions {
  const { environment, objective } = options;
  const batchSize = whole("batchSize", options.batchSize ?? 128, 1, 2 ** 20);
  if (objective.family === "balance" && options.estimator !== undefined && options.estimator !== "none") {
    throw argumentError(`${objective.name} takes no estimator; only divergences do`);
  }
  const flow = objective.learnsFlow ?? false;
  const policy = options.policy ?? mlp({ flow });
  if (flow && !policy.flow) {
    throw argumentError(`${objective.name} learns the flow through states: give the policy a head for it, as in mlp({ flow: true })`);
  }
  const learned = policy.backward === "learned";
  const preferred = learned && objective.defaultEstimator === "paper" ? "loo" : objective.defaultEstimator;
  const estimator = estimatorByName(options.estimator ?? preferred);
  if (learned && estimator.channels === 2) {
    throw argumentError(`estimator ${estimator.name} needs a uniform backward policy; with a learned one choose loo, none or batch-mean`);
  }
  if (batchSize < estimator.smallestBatch) {
    throw argumentError(
      `estimator ${estimator.name} leaves one trajectory out and needs a batchSize of at least ${estimator.smallestBatch}, not ${batchSize}`,
    );
  }
  return {
    environment,
    policy,
    objective,
    estimator,
    batchSize,
    steps: whole("steps", options.steps ?? 625, 1),
    learningRate: within("learningRate", options.learningRate ?? 1e-3, 0, 100),
    logZLearningRate: within("logZLearningRate", options.logZLearningRate ?? 0.1, 0, 100),
    ...(options.logZInitial === undefined ? {} : { logZInitial: within("logZInitial", options.logZInitial, -1e6, 1e6) }),
    decayPower: within("decayPower", options.decayPower ?? 1, 0, 100),
    logZDecayPower: within("logZDecayPower", options.logZDecayPower ?? 0.5, 0, 100),
    ...(options.gradientClip === undefined ? {} : { gradientClip: within("gradientClip", options.gradientClip, 1e-6, 1e6) }),
    exploration: within("exploration", options.exploration ?? 0, 0, 1),
    seed: whole("seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER - 2 ** 20),
    replicas: whole("replicas", options.replicas ?? 1, 1, 4096),
  };
}
