import type { Environment } from "@webgfn/envs";
import type { AdapterDescription } from "@webgfn/tensor";
import { type Column, columnValue, type MeasuredReplica, type Progress, type Spread, spreadOf } from "@webgfn/trainer";
import { hasBefore } from "@webgfn/trainer/internal";
import type { Configuration } from "./configuration.js";

/** Entries whose value is known. */
export function known<T>(entries: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Record<string, T>;
}

/** `llvmpipe (LLVM 15.0.7, 256 bits) (vulkan, cpu)` */
export function adapterText({ name, backend, type }: AdapterDescription): string {
  return `${name} (${backend}, ${type})`;
}

/** log Z by the environment's formula, where it has one. */
export function exactLogZ({ exactLogZ: formula }: Environment): number | undefined {
  return formula.available ? formula.value : undefined;
}

export interface Rates {
  /** Seconds of training, evaluations left out, over all sessions of the run. */
  seconds: number;
  stepsPerSecond: number;
  /** Trajectories of all replicas. */
  trajectoriesPerSecond: number;
}

/** The spread of every column over the sound replicas, by the column's key. */
export function spreads(columns: readonly Column[], replicas: readonly MeasuredReplica[]): Record<string, Spread> {
  return known(Object.fromEntries(columns.map(({ key }) => [key, spreadOf(replicas, key)])));
}

/** Values before training, as `l1Before`, of the columns that have such. */
function beforeTraining<T>(columns: readonly Column[], value: (key: string) => T | undefined): Record<string, T> {
  return known(Object.fromEntries(columns.filter(hasBefore).map(({ key }) => [`${key}Before`, value(key)])));
}

/** What `train --json` prints. */
export function trainingResult(
  configuration: Configuration,
  columns: readonly Column[],
  exact: number | undefined,
  before: Progress | undefined,
  after: Progress,
  rates: Rates,
  adapter: AdapterDescription,
  folder: string | undefined,
) {
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
    ...rates,
    adapter,
    folder: folder ?? null,
    configuration,
  };
}

/**
 * `0.0310 ± 0.0020`, or the value alone for one replica: for a terminal, where decimals follow the size of the mean, so that
 * columns line up. The report shows two digits of the sd instead; see `report/numbers.ts`.
 */
export function showSpread({ mean, sd }: Spread, replicas: number): string {
  return replicas > 1 ? `${show(mean)} ± ${show(sd, mean)}` : show(mean);
}

/** A number to about four digits; as many decimals as `beside` has, where given. */
export function show(value: number, beside = value): string {
  const size = Math.abs(beside);
  if (!Number.isFinite(value)) return String(value);
  return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
}
