import { requireArgument } from "@webgfn/tensor/internal";
/** Mean and population standard deviation over replicas. */
export interface Spread {
  /** The mean. */
  mean: number;
  /** The population standard deviation, divided by the number of replicas. */
  sd: number;
}

/** One replica's part of an evaluation, possibly read from JSON: values by column key, and `fault` if the replica is broken. */
export type MeasuredReplica = object | null;

/** Mean and population standard deviation of values. */
function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** The replicas that are not broken. */
export function soundReplicas<T extends MeasuredReplica>(replicas: readonly T[]): T[] {
  return replicas.filter((replica) => ((replica as { fault?: unknown } | null)?.fault ?? undefined) === undefined);
}

/**
 * A replica's value of a column; `undefined` if it is missing, or if JSON has `null` in place of a number that was not finite.
 *
 * @example
 * ```ts
 * import { columnValue } from "@webgfn/trainer";
 * const replica = JSON.parse('{ "seed": 0, "l1": 0.25, "loss": null }'); // a line of metrics.jsonl has such replicas
 * console.log(columnValue(replica, "l1"), columnValue(replica, "loss")); // 0.25 undefined
 * ```
 */
export function columnValue(replica: MeasuredReplica, key: string): number | undefined {
  if (typeof key !== "string") return undefined;
  const value = (replica as Readonly<Record<string, unknown>> | null)?.[key];
  return typeof value === "number" ? value : undefined;
}

/**
 * Spread of a column over the replicas that are not broken; `undefined` if one of them has no value, or if all are broken.
 * Progress lines, summaries, reports and the playground all use this function.
 *
 * @throws WebgfnError `argument` for replicas that are no list.
 *
 * @example
 * ```ts
 * import { spreadOf } from "@webgfn/trainer";
 * const replicas = [{ l1: 0.2 }, { l1: 0.4 }, { fault: { quantity: "loss", step: 7 } }];
 * const { mean, sd } = spreadOf(replicas, "l1") ?? { mean: Number.NaN, sd: Number.NaN };
 * console.log(mean.toFixed(2), sd.toFixed(2)); // 0.30 0.10
 * ```
 */
export function spreadOf(replicas: readonly MeasuredReplica[], key: string): Spread | undefined {
  requireArgument.list("replicas", replicas);
  const sound = soundReplicas(replicas);
  const values = sound.map((replica) => columnValue(replica, key)).filter((value) => value !== undefined);
  return values.length > 0 && values.length === sound.length ? spread(values) : undefined;
}
