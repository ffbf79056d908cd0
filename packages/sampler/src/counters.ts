/**
 * The first batch number of each purpose. Batch numbers key random numbers (see {@link Replicas.setStep}), so separate ranges keep purposes
 * with the same seed from sharing random numbers. Training counts its steps from 0 on.
 */
export const FIRST_BATCH = {
  variance: 0x40000000,
  /** The variance that the playground measures during training. */
  gauge: 0x50000000,
  evaluation: 0x80000000,
  sampling: 0xa0000000,
  fullEvaluation: 0xc0000000,
} as const;
