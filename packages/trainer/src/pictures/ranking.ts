import { type DistinctObject, distinctObjects } from "../evaluation/best-objects.js";
import type { PolicySamples } from "../evaluation/policy-samples.js";

/** Indices of the `count` largest probabilities, largest first. */
export function likeliest(probabilities: ArrayLike<number>, count: number): number[] {
  const order = Array.from(probabilities, (_, n) => n);
  return order.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number)).slice(0, count);
}

/** Distinct objects sampled from policies, highest reward first, and their states `[object, stateWords]`. */
interface BestSampled {
  objects: DistinctObject[];
  states: Uint32Array;
}

/** Selects the `count` distinct objects with the highest rewards among the samples of one or more policies. */
export function bestSampled(samples: readonly Pick<PolicySamples, "states" | "logRewards">[], count: number): BestSampled {
  const all = samples.flatMap(({ states, logRewards }) => distinctObjects(states, logRewards));
  const words = all[0]?.state.length ?? 0;
  const joined = new Uint32Array(all.length * words);
  all.forEach(({ state }, n) => {
    joined.set(state, n * words);
  });
  const objects = distinctObjects(
    joined,
    all.map(({ logReward }) => logReward),
  ).slice(0, count);
  const states = new Uint32Array(objects.length * words);
  objects.forEach(({ state }, k) => {
    states.set(state, k * words);
  });
  return { objects, states };
}
