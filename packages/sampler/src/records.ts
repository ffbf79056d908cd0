import records from "@webgfn/shaders/sampler/records.wgsl";
import { Struct } from "@webgfn/tensor/internal";

/** A rollout's record of a trajectory: see `Trajectory` in `shaders/sampler/records.wgsl`. */
export const trajectoryRecord = new Struct<"log_forward" | "log_backward" | "log_reward" | "length">(records, "Trajectory");

/** A rollout's record of a transition if a flow is learned: see `Transition` in `shaders/sampler/records.wgsl`. */
export const transitionRecord = new Struct<"log_forward" | "log_backward" | "log_flow">(records, "Transition");

/** The numbers of trajectories, one list per quantity. */
export interface TrajectoryColumns {
  /** `[N]`: s = log p_F(τ) */
  logForward: Float64Array;
  /** `[N]`: b = log p_B(τ | x) */
  logBackward: Float64Array;
  /** `[N]`: log R(x) */
  logReward: Float64Array;
  /** `[N]`: number of actions */
  length: Float64Array;
}

/** Reads `count` trajectories, from number `first` on, from the words of a buffer of trajectories. */
export function trajectoryColumns(
  words: Float32Array,
  first = 0,
  count = words.length / trajectoryRecord.words - first,
): TrajectoryColumns {
  const column = (field: Parameters<typeof trajectoryRecord.column>[1]) => trajectoryRecord.column(words, field, first, count);
  return {
    logForward: column("log_forward"),
    logBackward: column("log_backward"),
    logReward: column("log_reward"),
    length: column("length"),
  };
}
