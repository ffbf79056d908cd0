/** Flow consistency in subgraphs (method.md section 5.6) from exact probabilities and rewards. */
import { mean, sum } from "./vectors.js";

/** An object of a set: its p_T(x) and R(x). */
export interface WeighedObject {
  probability: number;
  reward: number;
}

/** The mean over sets S of ½ Σ_{x∈S} |p_T(x)/p_T(S) − R(x)/R(S)|. */
export function exactFlowConsistency(sets: readonly (readonly WeighedObject[])[]): number {
  return mean(
    sets.map((set) => {
      const probabilityOfSet = sum(set.map(({ probability }) => probability));
      const rewardOfSet = sum(set.map(({ reward }) => reward));
      return sum(set.map(({ probability, reward }) => Math.abs(probability / probabilityOfSet - reward / rewardOfSet))) / 2;
    }),
  );
}
