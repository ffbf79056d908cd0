import { RandomStream } from "@webgfn/tensor";

/** One transition of a made-up trajectory: log p_F, log p_B and the network's log F(s) before it. */
interface MadeUpStep {
  logForward: number;
  logBackward: number;
  logFlow: number;
}

/** A made-up trajectory. Its numbers are rounded to float32, like those of a rollout. */
export interface MadeUpTrajectory {
  logForward: number;
  logBackward: number;
  logReward: number;
  steps: MadeUpStep[];
}

/** Sizes of a made-up batch. LANES is small because software adapters take seconds to compile reductions over many lanes. */
export const SIZES = { BATCH: 13, LANES: 8, HORIZON: 5, ROWS: 5 };

/**
 * Makes up a batch of random trajectories with 1 to HORIZON steps.
 *
 * @param spread scale of log R and of each step's log p_F and log p_B: 1 is usual, 10 gives weights that differ by factors of e^60.
 */
export function madeUpBatch(seed: number, spread: number): MadeUpTrajectory[] {
  const random = new RandomStream(seed);
  return Array.from({ length: SIZES.BATCH }, (_, n) => {
    const steps = Array.from({ length: 1 + (n % SIZES.HORIZON) }, () => ({
      logForward: Math.fround(-spread * random.uniform()),
      logBackward: Math.fround(-0.5 * spread * random.uniform()),
      logFlow: Math.fround(spread * (2 * random.uniform() - 1)),
    }));
    const total = (field: "logForward" | "logBackward") => Math.fround(steps.reduce((sum, step) => sum + step[field], 0));
    const logReward = Math.fround(spread * (2 * random.uniform() - 1));
    return { logForward: total("logForward"), logBackward: total("logBackward"), logReward, steps };
  });
}
