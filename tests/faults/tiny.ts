import { hypergrid } from "@webgfn/envs";
import { renyi } from "@webgfn/objectives";
import { mlp } from "@webgfn/sampler";
import type { TrainerOptions, TrainerState } from "@webgfn/trainer";

/** The smallest training there is: whatever is tested is not its size. */
export function tiny(options: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    environment: hypergrid({ side: 4 }),
    policy: mlp({ hidden: [8] }),
    objective: renyi(),
    batchSize: 16,
    steps: 40,
    learningRate: 1e-2,
    seed: 3,
    ...options,
  };
}

/** Everything of one replica that training changes. */
export function stateOf(state: TrainerState, replica: number) {
  const { weights, firstMoments, secondMoments, logZ, logRewardShift } = state;
  return [weights, firstMoments, secondMoments, logZ, logRewardShift].map((values) => values[replica]);
}
