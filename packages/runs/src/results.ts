import type { Environment } from "@webgfn/envs";
import type { AdapterDescription } from "@webgfn/tensor";
import { type Column, columnValue, type MeasuredReplica, type Progress, type Spread, spreadOf } from "@webgfn/trainer";
import { exactLogZOf, hasBefore } from "@webgfn/trainer/internal";
import type { Configuration } from "./configuration.js";
import { rewardEvaluations } from "./diagnosis.js";

/** Removes entries that are `undefined`. */
export function known<T>(entries: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Record<string, T>;
}

/** An adapter as text: `llvmpipe (LLVM 15.0.7, 256 bits) (vulkan, cpu)`. */
export function adapterText({ name, backend, type }: AdapterDescription): string {
  return `${name} (${backend}, ${type})`;
}

/** The exact log Z of a run's target; `undefined` if it is not available, as for a target with a prior. */
export function exactLogZ(environment: Environment, { prior }: Pick<Configuration, "prior">): number | undefined {
  return exactLogZOf({ environment, prior }).value;
}

/** The speed of a training. */
export interface Rates {
  /** Seconds of training over all sessions of the run, without evaluations. */
  seconds: number;
  stepsPerSecond: number;
  /** Trajectories of all replicas per second. */
  trajectoriesPerSecond: number;
}

/** The spread of every column over the sound replicas, by the column's key. */
export function spreads(columns: readonly Column[], replicas: readonly MeasuredReplica[]): Record<string, Spread> {
  return known(Object.fromEntries(columns.map(({ key }) => [key, spreadOf(replicas, key)])));
}

/** The values before training under keys such as `l1Before`, for the columns with a direction of improvement. */
function beforeTraining<T>(columns: readonly Column[], value: (key: string) => T | undefined): Record<string, T> {
  return known(Object.fromEntries(columns.filter(hasBefore).map(({ key }) => [`${key}Before`, value(key)])));
}

/** What a finished training leaves. */
interface FinishedTraining {
  columns: readonly Column[];
  /** The evaluation before the first step; `undefined` for a run that was resumed without it. */
  before?: Progress | undefined;
  /** The evaluation after the last step. */
  after: Progress;
  rates: Rates;
  exactLogZ: number | undefined;
  adapter: AdapterDescription;
  folder: string | undefined;
  /** Findings as sentences. */
  diagnosis: readonly string[];
}

/** The JSON object of `train --json`. */
export function trainingResult(configuration: Configuration, training: FinishedTraining) {
  const { columns, before, after, rates, exactLogZ: exact, adapter, folder, diagnosis } = training;
  const { environment: name, objective, alpha, estimator, steps, batchSize } = configuration;
  const first = before?.replicas ?? [];
  return {
    environment: name,
    objective,
    alpha,
    estimator,
    steps,
    batchSize,
    replicas: after.replicas.map((replica, r) => ({ ...replica, ...beforeTraining(columns, (key) => columnValue(first[r] ?? null, key)) })),
    summary: {
      ...spreads(columns, after.replicas),
      ...beforeTraining(columns, (key) => spreadOf(first, key)),
    },
    ...known({ exactLogZ: exact }),
    rewardEvaluations: rewardEvaluations(configuration, after.step),
    ...known({ rewards: after.rewards }),
    diagnosis,
    ...rates,
    adapter,
    folder: folder ?? null,
    configuration,
  };
}

/**
 * A mean ± sd for the terminal, such as `0.0310 ± 0.0020`; for one replica the mean alone. The decimals depend on the size of the mean,
 * so that columns line up. Reports show two digits of the sd instead.
 */
export function showSpread({ mean, sd }: Spread, replicas: number): string {
  return replicas > 1 ? `${show(mean)} ± ${show(sd, mean)}` : show(mean);
}

/** Formats a number with about four digits, with the decimals that a number of the size of `beside` needs. */
export function show(value: number, beside = value): string {
  const size = Math.abs(beside);
  if (!Number.isFinite(value)) return String(value);
  return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
}
