import type { Environment } from "@webgfn/envs";
import type { AdapterDescription } from "@webgfn/tensor";
import { adviceOn, describeFault, type Fault, type Progress } from "@webgfn/trainer";
import type { Configuration } from "./configuration.js";

/** Mean and population standard deviation. */
export interface Spread {
  mean: number;
  sd: number;
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** What a replica says of a quantity, and whether it is broken. */
type Measured<K extends string> = { readonly [key in K]?: number } & { readonly fault?: Fault };

/** Spread over the sound replicas of a quantity that all of them have. */
export function spreadOf<K extends string>(replicas: readonly Measured<K>[], key: K): Spread | undefined {
  const sound = replicas.filter(({ fault }) => fault === undefined);
  const values = sound.map((replica) => replica[key]).filter((value) => value !== undefined);
  return values.length > 0 && values.length === sound.length ? spread(values) : undefined;
}

/** Says of every broken replica what it met, and what to change. */
export function warnOfFaults(replicas: readonly { seed: number; fault?: Fault }[]): void {
  replicas.forEach(({ seed, fault }, r) => {
    if (fault !== undefined) process.stderr.write(`webgfn: ${describeFault(fault, r, seed)}; ${adviceOn(fault)}\n`);
  });
}

/** Entries whose value is known. */
export function known<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
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

/** What `train --json` prints. */
export function trainingResult(
  configuration: Configuration,
  exact: number | undefined,
  before: Progress | undefined,
  after: Progress,
  rates: Rates,
  adapter: AdapterDescription,
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
    replicas: after.replicas.map(({ l1, js, l1Error, seed, ...statistics }, r) => ({
      seed,
      ...known({ l1, l1Before: first[r]?.l1, l1Error, js, jsBefore: first[r]?.js }),
      ...statistics,
    })),
    summary: known({
      l1: spreadOf(after.replicas, "l1"),
      l1Before: before && spreadOf(first, "l1"),
      js: spreadOf(after.replicas, "js"),
      jsBefore: before && spreadOf(first, "js"),
      logZ: spreadOf(after.replicas, "logZ"),
      meanLogReward: spreadOf(after.replicas, "meanLogReward"),
    }),
    ...known({ exactLogZ: exact }),
    ...rates,
    adapter,
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
