/** Default training settings of an environment. */
export interface TrainingDefaults {
  /** Trajectories per step. */
  readonly batchSize: number;
  /** Training steps. */
  readonly steps: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden: readonly number[];
  /** For coordinates: smallest and largest standard deviation of the policy's Gaussians. Default: the policy's own. */
  readonly scales?: readonly [number, number];
  /** The policy's name. */
  readonly policy?: string;
  /** The objective's name. The learning rate and the annealing below were chosen for it, and apply only if the user names no objective. */
  readonly objective?: string;
  /** Adam's learning rate at the first step. */
  readonly learningRate?: number;
  /** β at the first step; see `TrainerOptions.anneal`. */
  readonly anneal?: number;
}
