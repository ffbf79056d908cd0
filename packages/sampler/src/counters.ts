/**
 * Where each purpose begins to count the batches whose number keys their random numbers (see {@link Replicas.setStep}), so that no two
 * purposes share numbers of the same seed. Training counts its steps from 0 on.
 */
export const FIRST_BATCH = {
  variance: 0x40000000,
  /** The variance that the playground measures beside a training. */
  gauge: 0x50000000,
  evaluation: 0x80000000,
  sampling: 0xa0000000,
  fullEvaluation: 0xc0000000,
} as const;
