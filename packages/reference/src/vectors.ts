/** Sums for the reference, in plain loops. */

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** log sum exp(values), shifted by the maximum; -Infinity for an empty sum. */
export function logSumExp(values: readonly number[]): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(sum(values.map((value) => Math.exp(value - largest))));
}

/** <left, right> over all entries. */
export function dot(left: Float64Array, right: Float64Array): number {
  let total = 0;
  for (let i = 0; i < left.length; i++) total += left[i]! * right[i]!;
  return total;
}

/** factor * vector, as a new vector. */
export function scaled(factor: number, vector: Float64Array): Float64Array {
  return vector.map((entry) => factor * entry);
}

/** left + right, as a new vector. */
export function added(left: Float64Array, right: Float64Array): Float64Array {
  return left.map((entry, i) => entry + right[i]!);
}

/** The sum of vectors of one length (there must be at least one). */
export function vectorSum(vectors: readonly Float64Array[]): Float64Array {
  const [first, ...rest] = vectors;
  if (first === undefined) throw new Error("The sum of no vectors has no length.");
  return rest.reduce(added, first.slice());
}

/** The average of vectors of one length (there must be at least one). */
export function vectorMean(vectors: readonly Float64Array[]): Float64Array {
  return scaled(1 / vectors.length, vectorSum(vectors));
}
