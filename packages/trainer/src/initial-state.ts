import type { Network } from "@webgfn/sampler";
import { initialWeights, trajectoryColumns } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import type { CheckedOptions } from "./options.js";
import type { TrainerState } from "./state.js";

/**
 * The state before the first step: initial weights, and log Z where the options say or at log r̄.
 *
 * @param shifts log r̄ of every replica; unless given, it is not known yet, and both are 0.
 */
export function untrainedState(
  { seed, replicas, logZInitial }: CheckedOptions,
  network: Network,
  shifts?: readonly number[],
): TrainerState {
  const weights = Array.from({ length: replicas }, (_, r) => initialWeights(network, seed + r));
  const zeros = weights.map((model) => model.map(({ weight, bias }) => ({ weight: weight.map(() => 0), bias: bias.map(() => 0) })));
  const logRewardShift = weights.map((_, r) => shifts?.[r] ?? 0);
  const logZ = logRewardShift.map((shift) => (shifts === undefined ? new Float32Array(3) : Float32Array.of(logZInitial ?? shift, 0, 0)));
  return { step: 0, weights, firstMoments: zeros, secondMoments: zeros, logRewardShift, logZ };
}

/**
 * log r̄ = max_i log R(x_i) of every replica, over one batch of the untrained policy (method §1).
 *
 * @param trajectories the batch, as {@link StepBuffers.trajectories} keeps it.
 * @throws WebgfnError `numbers` where log R of an object is not finite.
 */
export function initialRewardShifts(trajectories: Float32Array, options: CheckedOptions): number[] {
  const { batchSize, replicas, environment } = options;
  return Array.from({ length: replicas }, (_, r) => {
    const { logForward, logBackward, logReward } = trajectoryColumns(trajectories, r * batchSize, batchSize);
    const wrong = logReward.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${wrong}, not a finite number`, {
        fix: `check log_reward, and that every trajectory ends within its horizon of ${environment.horizon} actions`,
      });
    }
    const sizes =
      options.objective.constant === "reward"
        ? logReward
        : logReward.map((value, n) => value + (logBackward[n] as number) - (logForward[n] as number));
    return largestOf(sizes);
  });
}
