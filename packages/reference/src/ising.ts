/** Ising model: spins s_i = -1 or 1 of a graph's nodes, set one by one in any order; log R(s) = sum over bonds of J s_i s_j + field sum_i s_i. */
import type { ReferenceEnvironment } from "./environment.js";
import { logSumExp, sum } from "./vectors.js";

/** One entry for each site: -1, 1, or 0 if the spin is not set. */
export type SpinState = number[];

export interface Bond {
  sites: [number, number];
  coupling: number;
}

export interface IsingOptions {
  sites: number;
  bonds: Bond[];
  field: number;
}

/** Action 2i sets site i to -1, action 2i + 1 to 1. */
export function ising({ sites, bonds, field }: IsingOptions): ReferenceEnvironment<SpinState> {
  const withSpin = (state: SpinState, site: number, spin: number): SpinState => state.map((own, i) => (i === site ? spin : own));
  return {
    name: `Ising model of ${sites} spins`,
    actions: 2 * sites,
    features: 2 * sites,
    horizon: sites,
    initial: () => Array<number>(sites).fill(0),
    isTerminal: (state) => !state.includes(0),
    allowed: (state) => state.flatMap((spin) => [spin === 0, spin === 0]),
    apply: (state, action) => withSpin(state, Math.floor(action / 2), action % 2 === 1 ? 1 : -1),
    parents: (state) =>
      state.flatMap((spin, site) => (spin === 0 ? [] : [{ state: withSpin(state, site, 0), action: 2 * site + (spin === 1 ? 1 : 0) }])),
    featuresOf: (state) => state.flatMap((spin) => [spin === -1 ? 1 : 0, spin === 1 ? 1 : 0]),
    logReward: (state) => sum(bonds.map(({ sites: [i, j], coupling }) => coupling * state[i]! * state[j]!)) + field * sum(state),
    key: (state) => state.join(","),
  };
}

/** The pairs of neighbours of a lattice, row by row; every pair once, even if a periodic side has two sites. */
export function latticePairs(rows: number, columns: number, periodic: boolean): [number, number][] {
  const known = new Set<string>();
  const pairs: [number, number][] = [];
  const add = (row: number, column: number, otherRow: number, otherColumn: number): void => {
    if (!periodic && (otherRow >= rows || otherColumn >= columns)) return;
    const [i, j] = [row * columns + column, (otherRow % rows) * columns + (otherColumn % columns)];
    const name = [i, j].sort((a, b) => a - b).join();
    if (i !== j && !known.has(name)) pairs.push([i, j]);
    known.add(name);
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      add(row, column, row, column + 1);
      add(row, column, row + 1, column);
    }
  }
  return pairs;
}

/**
 * log Z of a torus of at least 3 x 3 sites with equal couplings above 0 and no field, in closed form (B. Kaufman, Physical Review 76, 1949):
 * Z = 1/2 (2 sinh 2K)^(rows columns / 2) (prod 2 cosh(rows g_odd / 2) + prod 2 sinh(rows g_odd / 2) + prod 2 cosh(rows g_even / 2)
 * + prod 2 sinh(rows g_even / 2)), each over `columns` factors, with cosh g_k = cosh(2K)^2 / sinh(2K) - cos(pi k / columns) and
 * g_0 = 2K + log tanh K.
 */
export function torusLogZ(rows: number, columns: number, coupling: number): number {
  const gamma = (k: number): number =>
    k === 0
      ? 2 * coupling + Math.log(Math.tanh(coupling))
      : Math.acosh(Math.cosh(2 * coupling) ** 2 / Math.sinh(2 * coupling) - Math.cos((Math.PI * k) / columns));
  // log |2 cosh x| and log |2 sinh x|, and the sign of sinh x.
  const factors = (parity: number) => Array.from({ length: columns }, (_, r) => (rows * gamma(2 * r + parity)) / 2);
  const logCosh = (x: number): number => Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));
  const logSinh = (x: number): number => Math.abs(x) + Math.log(-Math.expm1(-2 * Math.abs(x)));
  const [odd, even] = [factors(1), factors(0)];
  const terms = [odd.map(logCosh), odd.map(logSinh), even.map(logCosh), even.map(logSinh)].map(sum);
  const highest = terms.reduce((most, term) => Math.max(most, term), Number.NEGATIVE_INFINITY);
  const [a, b, c, d] = terms.map((term) => Math.exp(term - highest));
  const signed = a! + b! + c! + Math.sign(even[0]!) * d!;
  return ((rows * columns) / 2) * Math.log(2 * Math.sinh(2 * coupling)) - Math.LN2 + highest + Math.log(signed);
}

/** log Z by adding up all 2^sites configurations. */
export function isingLogZ(options: IsingOptions): number {
  const { logReward } = ising(options);
  const all = Array.from({ length: 2 ** options.sites }, (_, n) =>
    logReward(Array.from({ length: options.sites }, (_, i) => (Math.floor(n / 2 ** i) % 2 === 1 ? 1 : -1))),
  );
  return logSumExp(all);
}
