import type { Capability, Environment, RewardCounts } from "@webgfn/envs";
import type { Fault } from "@webgfn/sampler";
import type { Values } from "./metrics/metric.js";
import { type MeasuredReplica, spreadOf } from "./metrics/spread.js";

/** The distance between one replica's distribution over objects and the target R/Z. */
export interface Distance {
  /** Σ_x |p_T(x) − R(x)/Z|, twice the total variation distance; `undefined` if the environment offers no way to compute it. */
  l1?: number;
  /** Standard error of `l1`, if it is estimated from samples of the target. */
  l1Error?: number;
  /** Jensen–Shannon divergence in nats, if the objects can be enumerated or each has one trajectory. */
  js?: number;
  /** Standard error of `js`, if it is estimated from samples. */
  jsError?: number;
  /**
   * Flow consistency in subgraphs: the mean over sets S of objects that the policy sampled of ½ Σ_{x∈S} |p_T(x)/p_T(S) − R(x)/R(S)|. It is
   * measured if the distances above are not available, and in full evaluations.
   */
  fcs?: number;
  /** Standard error of `fcs`. */
  fcsError?: number;
}

/** Statistics of trajectories that one replica's policy sampled. */
export interface SampleStatistics {
  /** Mean of log R + b − s: a lower bound of log Z. */
  elbo: number;
  /** The learned log Z if the objective learns it; otherwise the importance estimate log mean exp(log R + b − s). */
  logZ: number;
  /** The importance estimate of log Z, also where the objective learns log Z. */
  logZEstimate: number;
  /** Mean of log R. */
  meanLogReward: number;
  /** Mean number of actions. */
  meanLength: number;
  /** (Σ w)² / (N Σ w²) of the importance weights of the trajectories sampled, from 1/N to 1. */
  effectiveSampleSize: number;
}

/**
 * One replica's part of an evaluation. Columns of user-defined metrics stand under their keys; read them with {@link columnValue}.
 */
export interface ReplicaProgress extends Distance, SampleStatistics {
  /** The replica's seed. */
  seed: number;
  /** The objective on the latest batch; divergences leave out the constant log Z. NaN until there is a batch. */
  loss: number;
  /** |`logZ` − the environment's exact log Z|; `undefined` if the environment has no exact log Z. */
  logZError?: number;
  /** Why training of this replica stopped, if it did. The values here are then those of its last sound policy. */
  fault?: Fault;
}

/** The result of an evaluation: all replicas and the means over them. */
export interface Progress {
  /** Training steps taken. */
  step: number;
  /** Seconds spent in training steps, without evaluations. */
  seconds: number;
  /**
   * How often a reward on the host was evaluated so far, including evaluations of the policy and the list of all objects; `undefined` for a
   * reward on the GPU.
   */
  rewards?: RewardCounts;
  /** Mean L1 over the sound replicas, if it is measured. */
  l1?: number;
  /** Mean Jensen–Shannon divergence over the sound replicas, if it is measured. */
  js?: number;
  /** What was measured of each replica. */
  replicas: ReplicaProgress[];
}

/** A replica's values that come from training and not from metrics. */
interface Known {
  exactLogZ: Capability<number>;
  seed: number;
  loss: number;
  /** The learned log Z, if the objective learns it. It replaces the estimate. */
  learnedLogZ: number | undefined;
  fault: Fault | undefined;
}

/** How often a reward on the host was evaluated so far; `undefined` for a reward on the GPU. */
export function rewardCounts({ hostReward, evaluatedReward }: Environment): RewardCounts | undefined {
  const counts = (hostReward ?? evaluatedReward)?.counts;
  return counts && { ...counts };
}

/** Combines a replica's metric values with those from training. */
export function replicaProgress(values: Values, { exactLogZ, seed, loss, learnedLogZ, fault }: Known): ReplicaProgress {
  const measured = values as Values & SampleStatistics;
  const logZ = learnedLogZ ?? measured.logZ;
  return {
    seed,
    loss,
    ...measured,
    logZ,
    ...(exactLogZ.available ? { logZError: Math.abs(logZ - exactLogZ.value) } : {}),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Mean L1 and Jensen–Shannon divergence over the sound replicas, each left out unless all of them have a value. */
export function meanDistances(replicas: readonly MeasuredReplica[]): { l1?: number; js?: number } {
  const [l1, js] = [spreadOf(replicas, "l1")?.mean, spreadOf(replicas, "js")?.mean];
  return { ...(l1 === undefined ? {} : { l1 }), ...(js === undefined ? {} : { js }) };
}
