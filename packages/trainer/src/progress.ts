import type { Environment } from "@webgfn/envs";
import type { Fault } from "./fault.js";
import type { Values } from "./metrics/metric.js";
import { type MeasuredReplica, spreadOf } from "./metrics/spread.js";

/** How far one replica is from its target. */
export interface Distance {
  /** Σ_x |p_T(x) − R(x)/Z|, twice the total variation; `undefined` where the environment offers no way to compute it. */
  l1?: number;
  /** Standard error of `l1`, where it is estimated from samples of the target. */
  l1Error?: number;
  /** Jensen–Shannon divergence in nats, where the objects are enumerated, or each has one trajectory. */
  js?: number;
  /** Standard error of `js`, where it is estimated from samples. */
  jsError?: number;
}

/** Statistics of trajectories that one replica's policy sampled. */
export interface SampleStatistics {
  /** Mean of log R + b − s: a lower bound of log Z. */
  elbo: number;
  /** log Z: as learned, where the objective learns it; otherwise log mean exp(log R + b − s), an importance estimate. */
  logZ: number;
  meanLogReward: number;
  meanLength: number;
}

/**
 * One replica at an evaluation: the built-in columns, and under their keys the columns of metrics of one's own, which
 * {@link columnValue} reads.
 */
export interface ReplicaProgress extends Distance, SampleStatistics {
  seed: number;
  /** The objective on the latest batch; divergences leave out the constant log Z. NaN until there is a batch. */
  loss: number;
  /** |log Z − log Z by the environment's formula|; `undefined` where it has none. */
  logZError?: number;
  /** Why this replica is trained no further, if it is broken: the values here are those of its policy before that. */
  fault?: Fault;
}

/** All replicas at an evaluation. */
export interface Progress {
  /** Training steps taken. */
  step: number;
  /** Seconds spent in training steps, evaluations left out. */
  seconds: number;
  /** Mean of the sound replicas' L1, where the environment offers one. */
  l1?: number;
  /** Mean of the sound replicas' Jensen–Shannon divergence, where the environment offers one. */
  js?: number;
  replicas: ReplicaProgress[];
}

/** Added to the step in the random numbers of evaluations, so that they differ from every training batch's. */
export const EVALUATION = 0x80000000;

/** What is known of a replica beside what metrics measure. */
interface Known {
  environment: Environment;
  seed: number;
  loss: number;
  /** log Z, where the objective learns it: it then takes the place of the estimate. */
  learnedLogZ: number | undefined;
  fault: Fault | undefined;
}

/** One replica's entry of an evaluation. */
export function replicaProgress(values: Values, { environment, seed, loss, learnedLogZ, fault }: Known): ReplicaProgress {
  const measured = values as Values & SampleStatistics;
  const logZ = learnedLogZ ?? measured.logZ;
  const { exactLogZ } = environment;
  return {
    seed,
    loss,
    ...measured,
    logZ,
    ...(exactLogZ.available ? { logZError: Math.abs(logZ - exactLogZ.value) } : {}),
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Mean distances over the sound replicas, where all of those have one. */
export function meanDistances(replicas: readonly MeasuredReplica[]): { l1?: number; js?: number } {
  const [l1, js] = [spreadOf(replicas, "l1")?.mean, spreadOf(replicas, "js")?.mean];
  return { ...(l1 === undefined ? {} : { l1 }), ...(js === undefined ? {} : { js }) };
}
