/** ⟨left, right⟩ over all entries, in float64. */
export function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] as number) * (right[i] as number);
  return sum;
}

/** Σ_n weights[n] · rows[n], with rows [N, size]. */
export function weightedSum(rows: Float32Array | Float64Array, weights: Float64Array): Float64Array {
  const size = rows.length / weights.length;
  const total = new Float64Array(size);
  weights.forEach((weight, n) => {
    const start = n * size;
    for (let p = 0; p < size; p++) total[p] = (total[p] as number) + weight * (rows[start + p] as number);
  });
  return total;
}

/** The average of vectors of one length. */
export function meanVector(vectors: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let p = 0; p < total.length; p++) total[p] = (total[p] as number) + (vector[p] as number);
  return total.map((value) => value / vectors.length);
}

/** ‖left − right‖² */
export function squaredDistance(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += ((left[i] as number) - (right[i] as number)) ** 2;
  return sum;
}

/** The cosine of the angle between two vectors; NaN if one of them is zero. */
export function cosine(left: ArrayLike<number>, right: ArrayLike<number>): number {
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}
