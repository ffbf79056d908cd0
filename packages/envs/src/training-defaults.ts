/** Default training settings of an environment. */
export interface TrainingDefaults {
  readonly batchSize: number;
  readonly steps: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden: readonly number[];
  /** Of coordinates: least and largest standard deviation of the policy's Gaussians. Default: the policy's own. */
  readonly scales?: readonly [number, number];
  /** The policy's name. */
  readonly policy?: string;
  /** The objective's name, with the learning rate and the annealing of the reward that were chosen for it: they hold where it is not given. */
  readonly objective?: string;
  readonly learningRate?: number;
  readonly anneal?: number;
}
