import type { Objective } from "@webgfn/objectives";
import { isFlowMatching } from "@webgfn/objectives/internal";
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

/** The sizes for an objective: flow matching has three rows per state, other objectives one per transition. */
export function sizesFor(objective: Objective): typeof SIZES {
  return isFlowMatching(objective) ? { ...SIZES, ROWS: 3 * SIZES.HORIZON } : SIZES;
}

/** A state of flow matching: log of the flow along each edge into it, and of the flow out of it; undefined at the end of a trajectory. */
interface MadeUpState {
  into: number[];
  out: number | undefined;
}

/** The states that a trajectory visits after the initial one, for flow matching. Every second one has two edges into it. */
export function madeUpStates({ steps }: MadeUpTrajectory): MadeUpState[] {
  return steps.map(({ logForward, logBackward, logFlow }, time) => ({
    into: time % 2 === 0 ? [logForward] : [logForward, logBackward],
    out: time + 1 < steps.length ? logFlow : undefined,
  }));
}

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
