import type { Environment } from "@webgfn/envs";
import { type Estimator, type EstimatorName, estimators, findEstimator, type Objective } from "@webgfn/objectives";
import { flowOf, isFlowMatching, isOfBatch, LONGEST_OF_BATCH, weighsRows, withLogZ } from "@webgfn/objectives/internal";
import { type Checkpoint, type EvaluationPath, mlp, type Policy, type Tilings } from "@webgfn/sampler";
import { tilingsRule } from "@webgfn/sampler/internal";
import { type Rule, rules } from "@webgfn/tensor";
import { argumentError, requireOptions, type Schema } from "@webgfn/tensor/internal";
import { requireFlowMatching } from "./flow-matching.js";
import { metricsRule, requireDistinctKeys } from "./metrics/define-metric.js";
import type { Metric } from "./metrics/metric.js";
import type { Prior } from "./prior.js";
import { REPLAY_ORDERS, type ReplayOrder, requireSources } from "./sources/plan.js";
import { parseShares, SOURCES, sourceRule } from "./sources/shares.js";

/** Options of a trainer. The defaults are the paper's (method §4). */
export interface TrainerOptions {
  /** The environment: which objects are built, how, and their reward. */
  environment: Environment;
  /** The forward policy. Default `mlp({ hidden: [64, 64] })`. */
  policy?: Policy;
  /** What is minimised, such as `renyi()` or `trajectoryBalance()`. */
  objective: Objective;
  /**
   * The estimator of a divergence's gradient: a name, or an estimator built by `defineEstimator`. Default: the objective's; `balance` with
   * exploration; with a learned p_B, `loo` in place of an estimator with two channels. Balance losses take no estimator.
   */
  estimator?: EstimatorName | (string & {}) | Estimator;
  /** Trajectories per step and replica. Default 128. */
  batchSize?: number;
  /** Number of training steps, over which the learning rates decay. Default 625. */
  steps?: number;
  /** Adam's learning rate at the first step. Default 1e-3. */
  learningRate?: number;
  /**
   * log Z of the estimator `balance`: `profiled` (default) takes the best value for each batch; `learned` learns it as trajectory balance
   * does.
   */
  logZ?: "profiled" | "learned";
  /**
   * What a learned p_B minimises: the `objective` (default), as p_F does, or `tlm`, trajectory likelihood maximisation: the mean of −log
   * p_B(τ | x) over the batch, which makes p_B follow the policy's trajectories.
   */
  backwardLoss?: "objective" | "tlm";
  /** Adam's learning rate of a learned log Z at the first step. Default 0.1. */
  logZLearningRate?: number;
  /**
   * Initial value of a learned log Z. Default: log r̄, the largest log R of an initial batch, so that the loss starts as if R were
   * divided by r̄ and log Z were 0. It decides how long trajectory balance takes: Adam moves log Z by at most its learning rate per
   * step, and the policy learns little before log Z is close. An estimate of log Z is a better start.
   */
  logZInitial?: number;
  /** The learning rate decays as (1 − step/steps)^power; 0 keeps it constant. Default 1. */
  decayPower?: number;
  /** Like `decayPower`, for the learning rate of log Z. Default ½, so that log Z can still move when the policy slows down. */
  logZDecayPower?: number;
  /** Clips the norm of a replica's gradient, over all parameters of its network, to this value. Default: no clipping. */
  gradientClip?: number;
  /**
   * ε of ε-greedy exploration: the probability of a uniformly chosen action in place of the policy's. Default 0. Balance losses may explore.
   * So may divergences with the estimators `balance` (the default with exploration) and `paper`, which keep the target as a fixed point. With
   * `loo`, `none` or `batch-mean` the trainer refuses ε > 0.
   */
  exploration?: number;
  /** ε at the last step; it changes linearly over the steps. Default: the same as at the first. */
  explorationEnd?: number;
  /**
   * Temperature of the softmax that training samples discrete actions from: above 1 flatter than the policy, below 1 sharper. log p_F is
   * still the policy's own. Default 1.
   */
  temperature?: number;
  /**
   * β at the first step, above 0 and at most 1. Below 1, training anneals the reward: a step's target is R^β, and β rises linearly from this
   * value to 1 at {@link annealUntil}, then stays 1. It multiplies the environment's own `beta`. Default 1: no annealing.
   *
   * The target is flat at first, so that a policy finds all regions before a few trajectories dominate the weights. Wherever log R enters
   * learning (residuals, exponents, forward-looking flows) it becomes log r̄ + β (log R − log r̄). While β is below 1, log Z (learned or
   * profiled), the loss and the batch's effective share therefore belong to the annealed target; a learned log Z follows it. Records, replay
   * buffers, local search, faults and evaluations use log R itself. `maximum-likelihood` has no reward to anneal.
   */
  anneal?: number;
  /**
   * The share of `steps` after which β is 1, above 0 and at most 1. Default ½. If a run is extended, it is the share of the new number of
   * steps.
   */
  annealUntil?: number;
  /**
   * Where the trajectories of a batch come from: names with shares that add up to 1, such as `policy:0.5,replay:0.5`. Default `policy`.
   *
   * - `policy`: sampled by the policy, with `exploration` and `temperature`.
   * - `replay`: objects that the policy has sampled before, drawn from a buffer by `replayBy`.
   * - `objects`: the given {@link objects}, such as a data set.
   * - `target`: exact samples of R/Z, if the environment can draw them.
   * - `local-search`: objects from the buffer, drawn by reward, whose last `backSteps` actions the policy samples again.
   *
   * The trajectory to an object is drawn from p_B; see {@link retrace}. Only balance losses and the estimators `balance` and `paper` may
   * learn from sources other than `policy`.
   */
  source?: string;
  /** Objects that the replay buffer holds, rounded up to a multiple of 8. Default 10,000. */
  replay?: number;
  /**
   * How objects are drawn from the buffer: `half` (default: half of the draws by recency, half by reward), `reward`, `recency` or `uniform`.
   */
  replayBy?: ReplayOrder;
  /** Actions that a local search takes back. Default: half the horizon. */
  backSteps?: number;
  /**
   * Which p_B draws the trajectory to an object from a source other than `policy`: the `uniform` one (default), or the network's `learned`
   * one, which follows the policy's trajectories.
   */
  retrace?: "uniform" | "learned";
  /** The objects of source `objects`, as states of `stateWords` words one after another. */
  objects?: Uint32Array;
  /**
   * A checkpoint of the same environment. The policy of its replica 0, p_prior, takes the place of p_B. The target over trajectories is then
   * p_prior(τ) R(x)/Z, and over objects p_prior(x) R(x)/Z. With trajectory balance this is relative trajectory balance (method §2).
   * Evaluations measure distances to that target if objects can be listed. Only objectives of whole trajectories take a prior. Default: none.
   */
  prior?: Checkpoint;
  /** Seed of replica 0. Replica r has seed + r, and trains bit for bit like a single run with that seed. Default 0. */
  seed?: number;
  /** Independent models trained side by side. Default 1. */
  replicas?: number;
  /** How kernels evaluate the policy. Default: chosen by the policy's size and the batch. Both paths give the same gradients. */
  path?: EvaluationPath;
  /** Tile shapes of the fused path, as {@link tune} returns them. Default: chosen by the kind of adapter. They do not change results. */
  tilings?: Tilings;
  /** User-defined metrics, measured at every evaluation in addition to the built-in ones; see {@link defineMetric}. Default: none. */
  metrics?: readonly Metric[];
}

/** Checked options with defaults filled in; see {@link TrainerOptions}. Options without a default are left out unless given. */
export interface CheckedOptions
  extends Required<
    Omit<
      TrainerOptions,
      "estimator" | "logZInitial" | "gradientClip" | "explorationEnd" | "backSteps" | "objects" | "prior" | "path" | "tilings"
    >
  > {
  /** The estimator itself; `none` for balance losses. */
  estimator: Estimator;
  path?: EvaluationPath;
  tilings?: Tilings;
  logZInitial?: number;
  gradientClip?: number;
  explorationEnd?: number;
  backSteps?: number;
  objects?: Uint32Array;
  prior?: Checkpoint;
  /** The policy of `prior`, which a trainer reads when it is created. */
  priorPolicy?: Prior;
}

/** Largest whole number of an option: GPU counters are 32 bits wide. */
const MOST = 2 ** 31 - 1;
const RATE = rules.number(0, 100);
/** A share above 0. */
const PART = rules.number(1e-6, 1);

/**
 * The plain options of a training, each declared once. Defaults, checks, the command line's options and help, fields of
 * configurations and columns of tables all follow from this table. A default of `null` means that the option is left out.
 */
export const TRAINER_PARAMETERS = {
  batchSize: { value: 128, rule: rules.whole(1, 2 ** 20), help: "trajectories per step and replica" },
  steps: { value: 625, rule: rules.whole(1, MOST), help: "training steps, over which the learning rates decay" },
  learningRate: { value: 1e-3, rule: RATE, help: "Adam's learning rate at the first step" },
  logZ: {
    value: "profiled" as "profiled" | "learned",
    rule: rules.oneOf("profiled", "learned"),
    help: "log Z of estimator balance: profiled (the best one for each batch) or learned",
  },
  backwardLoss: {
    value: "objective" as "objective" | "tlm",
    rule: rules.oneOf("objective", "tlm"),
    help: "what a learned p_B minimises: objective, or tlm, the mean of -log p_B(tau|x) of the batch",
  },
  logZLearningRate: { value: 0.1, rule: RATE, help: "learning rate of a learned log Z at the first step" },
  decayPower: { value: 1, rule: RATE, help: "the learning rate falls as (1 - step/steps)^X; 0 keeps it constant" },
  logZDecayPower: { value: 0.5, rule: RATE, help: "the same power for the learning rate of log Z" },
  logZInitial: {
    value: null as number | null,
    rule: rules.number(-1e6, 1e6),
    help: "initial value of a learned log Z (default: the largest log R of an initial batch)",
  },
  gradientClip: {
    value: null as number | null,
    rule: rules.number(1e-6, 1e6),
    help: "clip the norm of a replica's gradient to this value (default: no clipping)",
  },
  exploration: {
    value: 0,
    rule: rules.number(0, 1),
    help: "epsilon of epsilon-greedy: probability of a uniformly chosen action; 0.2:0 falls from 0.2 to 0",
  },
  explorationEnd: {
    value: null as number | null,
    rule: rules.number(0, 1),
    help: "epsilon at the last step, as --exploration START:END gives it (default: that at the first)",
  },
  temperature: {
    value: 1,
    rule: rules.number(0.01, 100),
    help: "temperature of the softmax that actions are sampled from in training: above 1 flatter than the policy",
  },
  anneal: {
    value: 1,
    rule: PART,
    help: "inverse temperature beta of the reward at the first step; the target R^beta rises to R (1: no annealing)",
  },
  annealUntil: { value: 0.5, rule: PART, help: "part of the steps after which beta of --anneal is 1" },
  source: {
    value: "policy",
    rule: sourceRule,
    help: `where trajectories come from: ${SOURCES.join(", ")}, with shares, such as policy:0.5,replay:0.5`,
  },
  replay: { value: 10_000, rule: rules.whole(1, 2 ** 26), help: "objects that the replay buffer holds" },
  replayBy: {
    value: "half" as ReplayOrder,
    rule: rules.oneOf(...REPLAY_ORDERS),
    help: "by what objects are drawn from the buffer: half (recency and reward), reward, recency or uniform",
  },
  backSteps: {
    value: null as number | null,
    rule: rules.whole(1, 2 ** 20),
    help: "actions that a local search takes back (default: half the horizon)",
  },
  retrace: {
    value: "uniform" as "uniform" | "learned",
    rule: rules.oneOf("uniform", "learned"),
    help: "p_B that draws the trajectory to an object of another source: uniform, or the learned one",
  },
  // The largest seed leaves room for the seeds of the other replicas.
  seed: { value: 0, rule: rules.whole(0, Number.MAX_SAFE_INTEGER - 2 ** 20), help: "seed of replica 0; replica r has seed + r" },
  replicas: { value: 1, rule: rules.whole(1, 4096), help: "independent models trained side by side" },
};

type PlainOptions = typeof TRAINER_PARAMETERS;

/** The rule of every option. {@link checkOptions} checks how options combine. */
export const trainerSchema: Schema<TrainerOptions> = {
  environment: rules.having("an environment, such as sets()", "name", "shader", "horizon", "features"),
  policy: rules.having("a policy, such as mlp()", "name", "parameters", "fit"),
  objective: rules.having("an objective, such as renyi()", "name", "family", "wgsl", "parameters"),
  estimator: {
    words: Object.keys(estimators).join(" or "),
    accepts: (value) =>
      Object.keys(estimators).includes(value as string) || (typeof value === "object" && value !== null && "wgsl" in value),
  },
  ...(Object.fromEntries(Object.entries(TRAINER_PARAMETERS).map(([name, { rule }]) => [name, rule])) as Record<keyof PlainOptions, Rule>),
  objects: { words: "a Uint32Array of states", accepts: (value) => value instanceof Uint32Array },
  prior: rules.having("a checkpoint", "configuration", "tensors"),
  path: rules.oneOf("fused", "layered"),
  tilings: tilingsRule,
  metrics: metricsRule,
};

/**
 * Checks the options of a trainer and fills in defaults.
 *
 * @throws WebgfnError `argument` that names the first option that is not acceptable.
 */
export function checkOptions(options: TrainerOptions): CheckedOptions {
  requireOptions("a trainer", options, trainerSchema, "environment", "objective");
  const { environment, objective, path, tilings } = options;
  requireDistinctKeys(options.metrics ?? []);
  const policy = options.policy ?? mlp();
  const learned = policy.parameters["backward"]?.value === "learned";
  const plain = plainOptions(options);
  const cause = offPolicyCause(plain);
  const chosen = chosenEstimator(objective, options.estimator, { learned, offPolicy: cause !== undefined });
  if (plain.logZ === "learned" && objective.family === "balance" && !objective.learns.includes("log-z")) {
    throw argumentError(`${objective.name} learns no log Z`, "choose tb, or a divergence with the estimator balance");
  }
  const estimator = objective.family === "balance" ? chosen : withLogZ(chosen, plain.logZ);
  if (learned && estimator.channels === 2) {
    throw argumentError(
      `estimator ${estimator.name} needs a uniform backward policy; with a learned one choose balance, loo, none or batch-mean`,
    );
  }
  if (plain.backwardLoss === "tlm" && !learned) {
    throw argumentError("backwardLoss tlm is for a learned backward policy, and this one is uniform", `choose backward "learned", too`);
  }
  if (plain.retrace === "learned" && !learned) {
    throw argumentError("retrace learned needs a learned backward policy, and this one is uniform", `choose backward "learned", too`);
  }
  requireStop(objective, environment);
  if (isFlowMatching(objective)) requireFlowMatching(objective, { environment, policy, path });
  requireLengths(objective, environment);
  if (options.prior !== undefined) requirePriorFits(objective, learned);
  requireBatch(objective, estimator, plain.batchSize);
  if (cause !== undefined) requireOffPolicy(objective, estimator, cause);
  if (objective.sampling === "given") requireGiven(objective, plain.source, learned);
  const checked: CheckedOptions = {
    environment,
    policy,
    objective,
    estimator,
    ...plain,
    ...(options.objects === undefined ? {} : { objects: options.objects }),
    ...(options.prior === undefined ? {} : { prior: options.prior }),
    ...(path === undefined ? {} : { path }),
    ...(tilings === undefined ? {} : { tilings }),
    metrics: options.metrics ?? [],
  };
  if (plain.temperature !== 1 && environment.actionSpace === "continuous") {
    throw argumentError(`a temperature needs discrete actions, and ${environment.title} has coordinates`, "use exploration");
  }
  requireSources(checked);
  if (options.objects !== undefined && parseShares(plain.source).objects === undefined) {
    throw argumentError(
      `objects are given, but no trajectory is drawn from them: the source is ${plain.source}`,
      "give them a share, such as --source policy:0.5,objects:0.5, or leave them out",
    );
  }
  return checked;
}

/** Whether some trajectories are not the policy's own. */
function explores({ exploration, explorationEnd = null }: { exploration: number; explorationEnd?: number | null }): boolean {
  return exploration > 0 || (explorationEnd ?? 0) > 0;
}

/** Why some trajectories are not the policy's own: exploration, a temperature or another source; `undefined` if all are its own. */
export function offPolicyCause(options: Parameters<typeof explores>[0] & { source: string; temperature: number }): string | undefined {
  if (explores(options)) return "exploration";
  if (options.temperature !== 1) return "a temperature";
  return Object.keys(parseShares(options.source)).every((name) => name === "policy") ? undefined : `source ${options.source}`;
}

/** @throws WebgfnError `argument` for an objective that needs the reward of every state, if some states cannot stop. */
function requireStop(objective: Objective, environment: Environment): void {
  const flow = flowOf(objective);
  if (flow === undefined || flow === "learned") return;
  const { title, stop, hostReward, withoutReward } = environment;
  const what = flow === "stop" ? objective.name : `${objective.name} with forwardLooking`;
  if (stop === undefined) {
    throw argumentError(
      `${what} needs an environment in which every state is an object and may stop, and ${title} has no action that stops`,
      flow === "stop"
        ? "choose tb, db or subtb, or declare the environment's stop"
        : "leave out forwardLooking, or declare the environment's stop",
    );
  }
  const mayBeListed = withoutReward?.enumeration.available === true && (hostReward?.listUpTo ?? 0) > 0;
  if (!mayBeListed) requireRewardOnGpu(objective, environment);
}

/** @throws WebgfnError `argument` for an objective, or a learned p_B, that cannot be combined with a prior. */
function requirePriorFits(objective: Objective, learned: boolean): void {
  if (objective.sampling === "given")
    throw argumentError(`${objective.name} fits given objects, and takes no prior`, "leave out the prior");
  if (weighsRows(objective)) {
    throw argumentError(
      `a prior is one over whole trajectories, and ${objective.name} balances parts of them`,
      "choose tb, vargrad or a divergence",
    );
  }
  if (learned) {
    throw argumentError("a prior takes the place of the backward policy, and this policy learns one", 'choose backward "uniform"');
  }
}

/**
 * @throws WebgfnError `argument` if the objective weighs subtrajectories over the batch and trajectories are too long for the table of
 * lengths.
 */
function requireLengths(objective: Objective, { title, horizon }: Environment): void {
  if (objective.family !== "balance" || objective.weighting === undefined || !isOfBatch(objective.weighting)) return;
  if (horizon <= LONGEST_OF_BATCH) return;
  throw argumentError(
    `weighting ${objective.weighting} of ${objective.name} takes trajectories of at most ${LONGEST_OF_BATCH} actions, and those of ${title} have up to ${horizon}`,
    "choose weighting geometric-within or equal-within",
  );
}

/** @throws WebgfnError `argument` for an objective that needs the reward of intermediate states, if the host evaluates the reward. */
export function requireRewardOnGpu(objective: Objective, { hostReward }: Environment): void {
  const flow = flowOf(objective);
  if (hostReward === undefined || flow === undefined || flow === "learned") return;
  throw argumentError(
    `${objective.name} needs the reward of every state on the way, and this one is evaluated on the host, for objects alone`,
    "choose another objective, or a reward that stays on the GPU",
  );
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

/**
 * @throws WebgfnError `argument` if training off policy would miss the target with this objective and estimator; the error names what works.
 */
function requireOffPolicy(objective: Objective, estimator: Estimator, cause: string): void {
  if (objective.sampling !== "on-policy" || estimator.sampling === "any") return;
  throw argumentError(
    `with ${cause}, estimator ${estimator.name} of ${objective.name} ends away from the target: it is right only for trajectories that the policy samples`,
    `choose the estimator balance, or no ${cause}`,
  );
}

/** @throws WebgfnError `argument` if an objective for given objects would learn from other objects. */
function requireGiven({ name }: Objective, source: string, learned: boolean): void {
  const other = Object.keys(parseShares(source)).find((share) => share !== "objects" && share !== "target");
  if (other !== undefined) {
    throw argumentError(
      `${name} fits given objects, and source ${other} gives it others`,
      "choose --source objects with --objects FILE, or --source target",
    );
  }
  if (learned) throw argumentError(`${name} cannot learn a backward policy`, "choose backward uniform");
}

/** The plain options, with defaults for those left out. Options with the default `null` stay left out. */
function plainOptions(options: TrainerOptions): Pick<CheckedOptions, keyof PlainOptions> {
  const entries = Object.entries(TRAINER_PARAMETERS).map(([name, { value }]) => [name, options[name as keyof PlainOptions] ?? value]);
  return Object.fromEntries(entries.filter(([, value]) => value !== null)) as unknown as Pick<CheckedOptions, keyof PlainOptions>;
}

/**
 * The estimator of a training: the chosen one, or the objective's default.
 *
 * @param learned whether p_B is learned. The default is then `loo` in place of an estimator with two channels, which needs a uniform p_B.
 * @param offPolicy whether trajectories are not the policy's own. The default is then `balance`.
 * @throws WebgfnError `argument` for an estimator of a balance loss, or an unknown name.
 */
export function chosenEstimator(
  objective: Objective,
  chosen: TrainerOptions["estimator"],
  { learned, offPolicy }: { learned: boolean; offPolicy: boolean },
): Estimator {
  const named = typeof chosen === "string" ? findEstimator(chosen) : chosen;
  if (objective.family === "balance") {
    if (named !== undefined && named !== estimators.none) throw argumentError(`${objective.name} takes no estimator; only divergences do`);
    return estimators.none;
  }
  if (named !== undefined) return named;
  const { defaultEstimator } = objective;
  if (offPolicy) return estimators.balance;
  return learned && defaultEstimator.channels === 2 ? estimators.loo : defaultEstimator;
}
