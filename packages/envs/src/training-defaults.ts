/** Default training settings of an environment. */
export interface TrainingDefaults {
  readonly batchSize: number;
  readonly steps: number;
  /** Widths of the policy's hidden layers. */
  readonly hidden: readonly number[];
  /** The policy's name. */
  readonly policy?: string;
}
