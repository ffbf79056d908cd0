import type { Environment } from "@webgfn/envs";
import { requireRule } from "@webgfn/tensor/internal";

/** An object that was sampled at least once. */
export interface DistinctObject {
  /** Words of its terminal state, [stateWords]. */
  state: Uint32Array;
  /** log R */
  logReward: number;
}

/** Rewards are float32 sums on the GPU. They may fall short of a threshold by this share of it. */
const SLACK = 1e-5;
const STATES = { words: "a Uint32Array", accepts: (value: unknown) => value instanceof Uint32Array };
const NUMBERS = { words: "a list of numbers", accepts: (value: unknown) => Array.isArray(value) || ArrayBuffer.isView(value) };

/**
 * Distinct objects among sampled ones, identified by their state's words, from the highest reward to the lowest.
 *
 * @param states the objects' states, one after another, [objects · stateWords].
 * @param logRewards log R of each, [objects].
 * @throws WebgfnError `argument` if states are not a Uint32Array, or rewards not a list.
 *
 * @example
 * ```ts
 * import { distinctObjects } from "@webgfn/trainer";
 * const states = Uint32Array.of(0b011, 0b101, 0b011); // three objects of one word each
 * console.log(distinctObjects(states, [0.5, 1.5, 0.5]).map(({ logReward }) => logReward)); // [ 1.5, 0.5 ]
 * ```
 */
export function distinctObjects(states: Uint32Array, logRewards: ArrayLike<number>): DistinctObject[] {
  requireRule("states", states, STATES);
  requireRule("logRewards", logRewards, NUMBERS);
  const words = states.length / logRewards.length;
  const distinct = new Map<string, DistinctObject>();
  for (let n = 0; n < logRewards.length; n++) {
    const state = states.subarray(n * words, (n + 1) * words);
    const key = state.join();
    if (!distinct.has(key)) distinct.set(key, { state, logReward: logRewards[n] as number });
  }
  return [...distinct.values()].sort((a, b) => b.logReward - a.logReward);
}

/** Mean reward and mean log R of the first `count` of distinct objects, which must be sorted best first; of all if there are fewer. */
export function bestRewards(objects: readonly DistinctObject[], count: number): { topReward: number; topLogReward: number } {
  const best = objects.slice(0, count).map(({ logReward }) => logReward);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { topReward: mean(best.map(Math.exp)), topLogReward: mean(best) };
}

/**
 * Number of modes found. These are the distinct objects with log R of at least a threshold, or, if the environment defines
 * {@link Environment.modeOf}, the distinct modes of those objects.
 */
export function modesFound(objects: readonly DistinctObject[], threshold: number, modeOf?: Environment["modeOf"]): number {
  const least = threshold - SLACK * (1 + Math.abs(threshold));
  const found = objects.filter(({ logReward }) => logReward >= least);
  return modeOf === undefined ? found.length : new Set(found.flatMap(({ state }) => modeOf(state))).size;
}
