/** A rectangular lattice of spins ±1, row by row, with log R(s) = Σ_{bonds ij} J_ij s_i s_j + h Σ_i s_i. */
export interface Lattice {
  readonly rows: number;
  readonly columns: number;
  /** h. */
  readonly field: number;
  /** J of the bond between each site and the next one in its row; the last column is bound to the first. 0 without a bond. */
  readonly right: Float64Array;
  /** J of the bond between each site and the one below; the last row is bound to the first. 0 without a bond. */
  readonly below: Float64Array;
}

export type Boundary = "periodic" | "free";

/**
 * Makes a lattice with one bond between neighbours. A side of two sites has no second bond around the edge, and a side of one site has no
 * bond.
 *
 * @param coupling returns J of the next bond. Bonds come row by row and site by site, the bond to the right before the one below.
 */
export function makeLattice(
  { rows, columns, boundary, field }: { rows: number; columns: number; boundary: Boundary; field: number },
  coupling: () => number,
): Lattice {
  const right = new Float64Array(rows * columns);
  const below = new Float64Array(rows * columns);
  /** Whether the site at this position along a side has a bond with the next one. */
  const isBound = (at: number, side: number) => at < side - 1 || (boundary === "periodic" && side > 2);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const site = row * columns + column;
      if (isBound(column, columns)) right[site] = coupling();
      if (isBound(row, rows)) below[site] = coupling();
    }
  }
  return { rows, columns, field, right, below };
}

/** log R of spins, row by row. */
function logWeight({ rows, columns, field, right, below }: Lattice, spins: readonly number[]): number {
  let sum = 0;
  for (let site = 0; site < spins.length; site++) {
    const column = site % columns;
    const next = spins[site - column + ((column + 1) % columns)] as number;
    const under = spins[(site + columns) % (rows * columns)] as number;
    sum += (spins[site] as number) * (field + (right[site] as number) * next + (below[site] as number) * under);
  }
  return sum;
}

/**
 * The highest log R, if equal spins or a chessboard satisfy every bond and the field. It is unknown for a frustrated lattice, in which no
 * spins satisfy every bond.
 */
export function unfrustratedMaximum(lattice: Lattice): number | undefined {
  const { rows, columns, field, right, below } = lattice;
  const sites = Array.from({ length: rows * columns }, (_, site) => site);
  const sign = field < 0 ? -1 : 1;
  const bound = sites.reduce((sum, site) => sum + Math.abs(field) + Math.abs(right[site] as number) + Math.abs(below[site] as number), 0);
  const candidates = [sites.map(() => sign), sites.map((site) => ((Math.floor(site / columns) + (site % columns)) % 2 === 0 ? 1 : -1))];
  return candidates.some((spins) => logWeight(lattice, spins) >= bound - 1e-12 * (1 + bound)) ? bound : undefined;
}
