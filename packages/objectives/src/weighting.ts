/**
 * How the stretches (subtrajectories) of a batch are weighed:
 *
 * - `geometric-within`: trajectories have equal weights; within one, a stretch of n transitions has a weight in proportion to λ^n;
 * - `equal-within`: trajectories have equal weights, and so have the stretches within one;
 * - `geometric`: all stretches of n transitions in the batch together have a weight in proportion to λ^n, shared equally;
 * - `equal`: all stretches of the batch have equal weights, so long trajectories, which have more stretches, weigh more.
 */
export type Weighting = "geometric-within" | "geometric" | "equal-within" | "equal";

/** The names of the weightings. */
export const weightings: readonly Weighting[] = ["geometric-within", "geometric", "equal-within", "equal"];

/** Longest trajectories whose stretches are weighed over the batch: the GPU keeps a table of lengths in workgroup memory. */
export const LONGEST_OF_BATCH = 1024;

/** Whether stretches are weighed over the batch instead of within their trajectory. */
export function isOfBatch(weighting: Weighting): boolean {
  return weighting === "geometric" || weighting === "equal";
}

/** Whether stretches of all lengths have equal weights. */
export function isEqual(weighting: Weighting): boolean {
  return weighting === "equal" || weighting === "equal-within";
}

/**
 * The weights of a batch's stretches in float64. They add up to 1.
 *
 * @param lengths number of transitions of each trajectory.
 * @param decay λ. It has no effect if stretches of all lengths have equal weights.
 * @returns the weight of a stretch of `count` transitions of trajectory n.
 */
export function stretchWeights(lengths: readonly number[], decay: number, weighting: Weighting): (n: number, count: number) => number {
  const lambda = isEqual(weighting) ? 1 : decay;
  /** Stretches of `count` transitions in a trajectory. */
  const within = (length: number, count: number) => Math.max(length + 1 - count, 0);
  const total = (length: number, term: (count: number) => number) => {
    let sum = 0;
    for (let count = 1; count <= length; count++) sum += term(count);
    return sum;
  };
  if (!isOfBatch(weighting)) {
    const shares = lengths.map((length) => 1 / (lengths.length * total(length, (count) => within(length, count) * lambda ** count)));
    return (n, count) => (shares[n] as number) * lambda ** count;
  }
  const inBatch = (count: number) => lengths.reduce((sum, length) => sum + within(length, count), 0);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const mass = weighting === "equal" ? inBatch : (count: number) => lambda ** count;
  const all = total(longest, mass);
  return (_, count) => mass(count) / (inBatch(count) * all);
}
