import type { Environment } from "@webgfn/envs";
import { type Estimator, type EstimatorName, estimators, findEstimator, type Objective } from "@webgfn/objectives";
import { type EvaluationPath, mlp, type Policy, type Tilings } from "@webgfn/sampler";
import { tilingsRule } from "@webgfn/sampler/internal";
import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { metricsRule, requireDistinctKeys } from "./metrics/define-metric.js";
import type { Metric } from "./metrics/metric.js";

/** What to train and how; the defaults are the paper's (method §4). */
export interface TrainerOptions {
  environment: Environment;
  /** Default `mlp({ hidden: [64, 64] })`. */
  policy?: Policy;
  objective: Objective;
  /**
   * How a divergence's gradient is estimated from a batch: a name, or an estimator of `defineEstimator`. Default: the objective's,
   * or `loo` with a learned p_B where that needs a uniform one. Balance losses take none.
   */
  estimator?: EstimatorName | (string & {}) | Estimator;
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
   * ε: probability of a uniformly chosen action instead of the policy's. Default 0. Balance losses may explore. Divergences may with
   * the estimator `paper`, which keeps the target as a fixed point; with `loo`, `none` or `batch-mean` exploration is refused.
   */
  exploration?: number;
  /** Seed of replica 0; replica r has seed + r, and trains exactly as it would alone. Default 0. */
  seed?: number;
  /** Independent models trained side by side. Default 1. */
  replicas?: number;
  /** How the policy is evaluated; default: what suits it and the batch. Both give the same gradients. */
  path?: EvaluationPath;
  /** Shapes of the fused path's tiles, as {@link tune} finds them; default: what suits the kind of adapter. They change no bit. */
  tilings?: Tilings;
  /** Metrics of one's own, measured at every evaluation beside the built-in ones; see {@link defineMetric}. Default none. */
  metrics?: readonly Metric[];
}

export interface CheckedOptions extends Required<Omit<TrainerOptions, "estimator" | "logZInitial" | "gradientClip" | "path" | "tilings">> {
  estimator: Estimator;
  path?: EvaluationPath;
  tilings?: Tilings;
  logZInitial?: number;
  gradientClip?: number;
}

/** Largest whole number that an option takes; GPU counters are 32 bits wide. */
const MOST = 2 ** 31 - 1;
const RATE = rules.number(0, 100);

/**
 * The options of a training that are numbers, each declared once: defaults, checks, the command line's options and help, fields of
 * configurations and columns of tables follow from this. A default of `null` stands for an option that is left out.
 */
export const TRAINER_PARAMETERS = {
  batchSize: { value: 128, rule: rules.whole(1, 2 ** 20), help: "trajectories per step and replica" },
  steps: { value: 625, rule: rules.whole(1, MOST), help: "training steps, and the length of the rates' decay" },
  learningRate: { value: 1e-3, rule: RATE, help: "Adam's rate at the first step" },
  logZLearningRate: { value: 0.1, rule: RATE, help: "the rate of a learned log Z" },
  decayPower: { value: 1, rule: RATE, help: "the learning rate falls as (1 - step/steps)^X; 0 keeps it constant" },
  logZDecayPower: { value: 0.5, rule: RATE, help: "the same for log Z's rate" },
  logZInitial: {
    value: null as number | null,
    rule: rules.number(-1e6, 1e6),
    help: "where a learned log Z starts (default: the largest log R of an initial batch)",
  },
  gradientClip: {
    value: null as number | null,
    rule: rules.number(1e-6, 1e6),
    help: "shorten a replica's gradient to this norm where it is longer (default: never)",
  },
  exploration: { value: 0, rule: rules.number(0, 1), help: "probability of a uniformly chosen action" },
  // Replicas count on from it.
  seed: { value: 0, rule: rules.whole(0, Number.MAX_SAFE_INTEGER - 2 ** 20), help: "seed of replica 0; replica r has seed + r" },
  replicas: { value: 1, rule: rules.whole(1, 4096), help: "independent models trained side by side" },
};

type TrainerNumbers = typeof TRAINER_PARAMETERS;

/** What every option must be; how they go together is checked below. */
export const trainerSchema: Schema<TrainerOptions> = {
  environment: rules.having("an environment, such as sets()", "name", "shader", "horizon", "features"),
  policy: rules.having("a policy, such as mlp()", "name", "parameters", "fit"),
  objective: rules.having("an objective, such as renyi()", "name", "family", "wgsl", "parameters"),
  estimator: {
    words: Object.keys(estimators).join(" or "),
    accepts: (value) =>
      Object.keys(estimators).includes(value as string) || (typeof value === "object" && value !== null && "wgsl" in value),
  },
  ...(Object.fromEntries(Object.entries(TRAINER_PARAMETERS).map(([name, { rule }]) => [name, rule])) as Record<keyof TrainerNumbers, Rule>),
  path: rules.oneOf("fused", "layered"),
  tilings: tilingsRule,
  metrics: metricsRule,
};

/** @throws WebgfnError `argument` naming the first option that is not acceptable. */
export function checkOptions(options: TrainerOptions): CheckedOptions {
  requireOptions("a trainer", options, trainerSchema, "environment", "objective");
  const { environment, objective, path, tilings } = options;
  requireDistinctKeys(options.metrics ?? []);
  const policy = options.policy ?? mlp();
  const learned = policy.parameters["backward"]?.value === "learned";
  const estimator = chosenEstimator(objective, options.estimator, learned);
  if (learned && estimator.channels === 2) {
    throw argumentError(`estimator ${estimator.name} needs a uniform backward policy; with a learned one choose loo, none or batch-mean`);
  }
  const numbers = numbersOf(options);
  requireBatch(objective, estimator, numbers.batchSize);
  if (numbers.exploration > 0) requireOffPolicy(objective, estimator, learned);
  return {
    environment,
    policy,
    objective,
    estimator,
    ...numbers,
    ...(path === undefined ? {} : { path }),
    ...(tilings === undefined ? {} : { tilings }),
    metrics: options.metrics ?? [],
  };
}

/** @throws WebgfnError `argument` for a batch that is too small to learn from. */
function requireBatch(objective: Objective, estimator: Estimator, batchSize: number): void {
  if (batchSize < estimator.smallestBatch) {
    throw argumentError(
      `estimator ${estimator.name} compares a trajectory with others of its batch: it needs a batchSize of at least ${estimator.smallestBatch}, not ${batchSize}`,
    );
  }
  const { name, smallestBatch = 1 } = objective;
  if (batchSize < smallestBatch) {
    throw argumentError(
      `${name} compares a trajectory with the mean of its batch: with a batchSize of ${batchSize} it learns nothing`,
      `choose a batchSize of at least ${smallestBatch}`,
    );
  }
}

/** @throws WebgfnError `argument` where exploration would end away from the target, with what fits. */
function requireOffPolicy(objective: Objective, estimator: Estimator, learned: boolean): void {
  if (objective.sampling === "any" || estimator.sampling === "any") return;
  const fits = learned ? "a balance loss such as tb or vargrad" : "the estimator paper, or a balance loss such as tb or vargrad";
  throw argumentError(
    `with exploration, estimator ${estimator.name} of ${objective.name} ends away from the target: it is right only for trajectories that the policy samples`,
    `choose ${fits}, or no exploration`,
  );
}

type CheckedNumbers = Pick<CheckedOptions, keyof TrainerNumbers>;

/** Every number with its default where it is left out; those whose default is `null` stay left out. */
function numbersOf(options: TrainerOptions): CheckedNumbers {
  const entries = Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [name, options[name as keyof TrainerNumbers] ?? value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as unknown as CheckedNumbers;
}

/**
 * The estimator of a training.
 *
 * @param learned whether p_B is learned: an estimator with two channels needs a uniform one.
 * @throws WebgfnError `argument` for an estimator of a balance loss, or an unknown name.
 */
export function chosenEstimator(objective: Objective, chosen: TrainerOptions["estimator"], learned: boolean): Estimator {
  const named = typeof chosen === "string" ? findEstimator(chosen) : chosen;
  if (objective.family === "balance") {
    if (named !== undefined && named !== estimators.none) throw argumentError(`${objective.name} takes no estimator; only divergences do`);
    return estimators.none;
  }
  const { defaultEstimator } = objective;
  return named ?? (learned && defaultEstimator.channels === 2 ? estimators.loo : defaultEstimator);
}
