import { WebgfnError } from "@webgfn/tensor";
import type { TrajectoryColumns } from "./records.js";
import type { LinearWeights } from "./weights.js";

/** The weight with the largest absolute value, and its layer. */
export interface LargestWeight {
  layer: number;
  size: number;
}

const ADVICE = "train again with a lower learning rate or a clipped gradient, or choose another replica or an earlier checkpoint";

/**
 * Refuses weights that are NaN or infinite.
 *
 * @param name name of the policy in the error.
 * @returns the largest weight: large weights can overflow inside the network.
 * @throws WebgfnError `numbers` naming the layer.
 */
export function requireFiniteWeights(weights: readonly LinearWeights[], name: string): LargestWeight {
  const largest: LargestWeight = { layer: 0, size: 0 };
  weights.forEach(({ weight, bias }, layer) => {
    for (const values of [weight, bias]) {
      for (const value of values) {
        const size = Math.abs(value);
        if (!Number.isFinite(size)) {
          throw new WebgfnError("numbers", `${name}: layer ${layer} holds a weight that is ${value}, not a finite number`, { fix: ADVICE });
        }
        if (size > largest.size) Object.assign(largest, { layer, size });
      }
    }
  });
  return largest;
}

/**
 * Refuses trajectories whose numbers are NaN or infinite. Their actions were chosen by meaningless numbers, and may not even be allowed.
 *
 * @param name name of the policy in the error.
 * @param title name of the environment in the error.
 * @throws WebgfnError `numbers` naming the quantity, and for a log-probability the layer whose weights are the likely cause.
 */
export function requireFiniteTrajectories(
  { logForward, logBackward, logReward }: TrajectoryColumns,
  { name, title, largest }: { name: string; title: string; largest: LargestWeight },
): void {
  const isWrong = (value: number) => !Number.isFinite(value);
  const probability = logForward.find(isWrong) ?? logBackward.find(isWrong);
  if (probability !== undefined) {
    const cause = `its numbers overflow; its largest weight, ${largest.size.toPrecision(3)}, is in layer ${largest.layer}`;
    throw new WebgfnError(
      "numbers",
      `${name}: the log probability of a sampled trajectory is ${probability}, not a finite number: ${cause}`,
      {
        fix: ADVICE,
      },
    );
  }
  const reward = logReward.find(isWrong);
  if (reward === undefined) return;
  throw new WebgfnError("numbers", `${title}: log R of a sampled object is ${reward}, not a finite number`, {
    fix: "check the environment's log_reward and its data",
  });
}
