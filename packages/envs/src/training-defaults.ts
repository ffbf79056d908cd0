/** Default training settings of an environment. */
export interface TrainingDefaults {
  readonly batchSize: number;
  readonly steps: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden: readonly number[];
  /** The policy's name. */
  readonly policy?: string;
  /** The objective's name, and the learning rate that goes with it: it holds where neither is given. */
  readonly objective?: string;
  readonly learningRate?: number;
}
