/** Default training settings of an environment. */
export interface TrainingDefaults {
  /** Trajectories per step. */
  readonly batchSize: number;
  /** Training steps. */
  readonly steps: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden: readonly number[];
  /** Of coordinates: least and largest standard deviation of the policy's Gaussians. Default: the policy's own. */
  readonly scales?: readonly [number, number];
  /** The policy's name. */
  readonly policy?: string;
  /** The objective's name, with the learning rate and the annealing of the reward that were chosen for it: they hold where it is not given. */
  readonly objective?: string;
  /** Adam's learning rate at the first step. */
  readonly learningRate?: number;
  /** β at the first step; see `TrainerOptions.anneal`. */
  readonly anneal?: number;
}
