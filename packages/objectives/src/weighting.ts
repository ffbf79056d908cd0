/**
 * How the stretches (subtrajectories) of a batch weigh against each other:
 *
 * - `geometric-within`: every trajectory weighs alike, and within it a stretch of n transitions by λ^n;
 * - `equal-within`: every trajectory weighs alike, and within it every stretch;
 * - `geometric`: a length of n transitions weighs by λ^n, and every stretch of this length in the batch alike;
 * - `equal`: every stretch of the batch weighs alike, so that long trajectories, which have more of them, weigh more.
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

/** Whether stretches of all lengths weigh alike. */
export function isEqual(weighting: Weighting): boolean {
  return weighting === "equal" || weighting === "equal-within";
}

/**
 * The weights of a batch's stretches in float64. They add up to 1.
 *
 * @param lengths number of transitions of each trajectory.
 * @param decay λ. Without effect where stretches of all lengths weigh alike.
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
