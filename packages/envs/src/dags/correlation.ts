/** Mean, and the matrix of centred sums of squares Σ_n (x_n − x̄)(x_n − x̄)ᵀ, of rows of one length. */
export function scatter(rows: readonly Float64Array[]): { mean: Float64Array; matrix: Float64Array[] } {
  const width = rows[0]?.length ?? 0;
  const mean = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i] = (mean[i] as number) + (row[i] as number) / rows.length;
  const matrix = Array.from({ length: width }, () => new Float64Array(width));
  for (const row of rows) {
    const centred = row.map((x, i) => x - (mean[i] as number));
    matrix.forEach((sums, i) => {
      for (let j = 0; j < width; j++) sums[j] = (sums[j] as number) + (centred[i] as number) * (centred[j] as number);
    });
  }
  return { mean, matrix };
}

/** The correlation matrix m_ij / √(m_ii m_jj) of a covariance or scatter matrix. */
export function correlation(matrix: readonly Float64Array[]): Float64Array[] {
  const scale = matrix.map((row, i) => 1 / Math.sqrt(row[i] as number));
  return matrix.map((row, i) => row.map((entry, j) => (i === j ? 1 : entry * (scale[i] as number) * (scale[j] as number))));
}

/**
 * log det of every principal submatrix of a symmetric positive definite matrix. Bit i of an index says whether the submatrix contains row
 * i; the empty submatrix has 0. Each submatrix extends the Cholesky factor of the submatrix without its last row by one row.
 *
 * @returns [2^size]; NaN where a determinant is not positive.
 */
export function logDeterminants(matrix: readonly Float64Array[]): Float64Array {
  const size = matrix.length;
  const result = new Float64Array(2 ** size);
  // Depth first: `factor` holds the Cholesky factor of the submatrix of `kept`.
  const factor: Float64Array[] = [];
  const kept: number[] = [];
  const visit = (bits: number, logDeterminant: number): void => {
    result[bits] = logDeterminant;
    for (let next = (kept.at(-1) ?? -1) + 1; next < size; next++) {
      const row = new Float64Array(kept.length + 1);
      kept.forEach((column, c) => {
        let rest = matrix[next]?.[column] as number;
        for (let k = 0; k < c; k++) rest -= (row[k] as number) * (factor[c]?.[k] as number);
        row[c] = rest / (factor[c]?.[c] as number);
      });
      let pivot = matrix[next]?.[next] as number;
      for (let k = 0; k < kept.length; k++) pivot -= (row[k] as number) ** 2;
      row[kept.length] = Math.sqrt(pivot);
      factor.push(row);
      kept.push(next);
      visit(bits | (1 << next), logDeterminant + Math.log(pivot));
      factor.pop();
      kept.pop();
    }
  };
  visit(0, 0);
  return result;
}
