import { logMeanExp } from "@webgfn/objectives/internal";
import type { Network } from "@webgfn/sampler";
import { initialWeights, trajectoryColumns } from "@webgfn/sampler/internal";
import { WebgfnError } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import type { CheckedOptions } from "./options.js";
import type { TrainerState } from "./state.js";

/** log r̄ and log Z of one replica at the start of training. */
interface Magnitudes {
  /** log r̄ */
  logRewardShift: number;
  /** Initial value of a learned log Z. */
  logZ: number;
}

/**
 * The state before the first step: initial weights, log r̄ and log Z.
 *
 * @param magnitudes those of every replica. Without them both are 0.
 */
export function untrainedState({ seed, replicas }: CheckedOptions, network: Network, magnitudes?: readonly Magnitudes[]): TrainerState {
  const weights = Array.from({ length: replicas }, (_, r) => initialWeights(network, seed + r));
  const zeros = weights.map((model) => model.map(({ weight, bias }) => ({ weight: weight.map(() => 0), bias: bias.map(() => 0) })));
  const logRewardShift = weights.map((_, r) => magnitudes?.[r]?.logRewardShift ?? 0);
  const logZ = weights.map((_, r) => Float32Array.of(magnitudes?.[r]?.logZ ?? 0, 0, 0));
  return { step: 0, weights, firstMoments: zeros, secondMoments: zeros, logRewardShift, logZ };
}

/**
 * log r̄ = max_i log R(x_i) of every replica, over one batch of the untrained policy (method §1), and the initial value of a learned log Z:
 * the option's value, or log r̄. For a divergence, log r̄ is too far off for its exponentials, so log Z starts at the batch's own estimate,
 * log mean exp(log R + b − s).
 *
 * @param trajectories the batch, as {@link StepBuffers.trajectories} keeps it.
 * @throws WebgfnError `numbers` if log R of an object is not finite.
 */
export function initialMagnitudes(trajectories: Float32Array, options: CheckedOptions): Magnitudes[] {
  const { batchSize, replicas, environment, objective, estimator, anneal, logZInitial } = options;
  return Array.from({ length: replicas }, (_, r) => {
    const { logForward, logBackward, logReward } = trajectoryColumns(trajectories, r * batchSize, batchSize);
    const wrong = logReward.find((value) => !Number.isFinite(value));
    const problem = environment.hostReward?.problem;
    if (wrong !== undefined && problem !== undefined) throw new WebgfnError("numbers", problem);
    if (wrong !== undefined) {
      throw new WebgfnError("numbers", `${environment.title}: log R of a sampled object is ${wrong}, not a finite number`, {
        fix: `check log_reward, and that every trajectory ends within its horizon of ${environment.horizon} actions`,
      });
    }
    const logWeightsOf = (rewards: Float64Array) =>
      rewards.map((value, n) => value + (logBackward[n] as number) - (logForward[n] as number));
    const logRewardShift = largestOf(objective.constant === "reward" ? logReward : logWeightsOf(logReward));
    // The first step's target is R^β.
    const annealed = anneal === 1 ? logReward : logReward.map((value) => logRewardShift + anneal * (value - logRewardShift));
    const isEstimated = objective.family === "divergence" && estimator.logZ === "learned";
    return { logRewardShift, logZ: logZInitial ?? (isEstimated ? logMeanExp(logWeightsOf(annealed)) : logRewardShift) };
  });
}
