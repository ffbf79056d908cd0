/** Mean, and the matrix of centred sums of squares Σ_n (x_n − x̄)(x_n − x̄)ᵀ, of rows of one length. */
export function scatter(rows: readonly Float64Array[]): { mean: Float64Array; matrix: Float64Array[] } {
  const width = rows[0]?.length ?? 0;
  const mean = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i] = (mean[i] as number) + (row[i] as number) / rows.length;
  return { mean, matrix: productSums(rows.map((row) => row.map((x, i) => x - (mean[i] as number)))) };
}

/** Σ_n x_n x_nᵀ. */
export function productSums(rows: readonly Float64Array[]): Float64Array[] {
  const width = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: width }, () => new Float64Array(width));
  for (const row of rows) {
    matrix.forEach((sums, i) => {
      for (let j = 0; j < width; j++) sums[j] = (sums[j] as number) + (row[i] as number) * (row[j] as number);
    });
  }
  return matrix;
}

/** The correlation matrix m_ij / √(m_ii m_jj) of a covariance or scatter matrix. */
export function correlation(matrix: readonly Float64Array[]): Float64Array[] {
  const scale = matrix.map((row, i) => 1 / Math.sqrt(row[i] as number));
  return matrix.map((row, i) => row.map((entry, j) => (i === j ? 1 : entry * (scale[i] as number) * (scale[j] as number))));
}

/** The Cholesky factor of the rows and columns `members` of a symmetric positive definite matrix M. */
export class PrincipalFactor {
  /** log det M_P. */
  readonly logDeterminant: number;
  readonly #matrix: readonly Float64Array[];
  readonly #members: readonly number[];
  readonly #factor: readonly Float64Array[];

  constructor(matrix: readonly Float64Array[], members: readonly number[]) {
    this.#matrix = matrix;
    this.#members = members;
    const factor: Float64Array[] = [];
    let logDeterminant = 0;
    for (const [n, member] of members.entries()) {
      const row = this.#solved(member, factor, n);
      const pivot = this.#rest(member, row);
      factor.push(Float64Array.of(...row, Math.sqrt(pivot)));
      logDeterminant += Math.log(pivot);
    }
    this.#factor = factor;
    this.logDeterminant = logDeterminant;
  }

  /** The Schur complement of another row j: m_jj − m_jP M_P⁻¹ m_Pj = det M_{P ∪ j} / det M_P. */
  pivot(j: number): number {
    return this.#rest(j, this.#solved(j, this.#factor, this.#members.length));
  }

  #solved(j: number, factor: readonly Float64Array[], size: number): Float64Array {
    const row = new Float64Array(size);
    for (let c = 0; c < size; c++) {
      let value = this.#matrix[j]?.[this.#members[c] as number] as number;
      const own = factor[c] as Float64Array;
      for (let k = 0; k < c; k++) value -= (row[k] as number) * (own[k] as number);
      row[c] = value / (own[c] as number);
    }
    return row;
  }

  #rest(j: number, row: Float64Array): number {
    return row.reduce((left, value) => left - value ** 2, this.#matrix[j]?.[j] as number);
  }
}
