/** Reward families of the hypergrid, R(x) of the coordinates x of {0..side-1}^d, each written from its formula. */
import { sum } from "./vectors.js";

/** R(x), above 0. */
export type GridReward = (coordinates: number[]) => number;

/** |x/(side-1) - 1/2| in (0.25, 0.5], in integers: floats miscount cells that lie on a border. */
export function isOuter(x: number, side: number): boolean {
  return 2 * Math.abs(2 * x - (side - 1)) > side - 1;
}

/** |x/(side-1) - 1/2| in (0.3, 0.4), in integers. */
export function isBand(x: number, side: number): boolean {
  const distance = 5 * Math.abs(2 * x - (side - 1));
  return 3 * (side - 1) < distance && distance < 4 * (side - 1);
}

/** r0 + r1 [every coordinate is outer] + r2 [every coordinate is in the band]. */
export function originalReward(side: number, r0: number, r1: number, r2: number): GridReward {
  return (coordinates) => {
    const outer = coordinates.every((x) => isOuter(x, side));
    const band = coordinates.every((x) => isBand(x, side));
    return r0 + (outer ? r1 : 0) + (band ? r2 : 0);
  };
}

/** r0 + r1 prod_i (cos(50 a_i) + 1) N(5 a_i; 0, 1), with a = |x/(side-1) - 1/2|. */
export function cosineReward(side: number, r0: number, r1: number): GridReward {
  return (coordinates) => {
    const factors = coordinates.map((x) => {
      const a = Math.abs(x / (side - 1) - 1 / 2);
      return (Math.cos(50 * a) + 1) * (1 / Math.sqrt(2 * Math.PI)) * Math.exp(-((5 * a) ** 2) / 2);
    });
    return r0 + r1 * factors.reduce((product, factor) => product * factor, 1);
  };
}

/** r0, and r1 more at the targets: lists of k ones and d - k times side - 2, for k from 0 to d - 1. */
export function sparseReward(side: number, r0: number, r1: number): GridReward {
  return (coordinates) => {
    const isTarget = Array.from(coordinates, (_, ones) => {
      const wanted = coordinates.map((_, i) => (i < ones ? 1 : side - 2)).sort((a, b) => a - b);
      const given = [...coordinates].sort((a, b) => a - b);
      return wanted.every((x, i) => x === given[i]);
    });
    return r0 + (isTarget.includes(true) ? r1 : 0);
  };
}

/** r0 + r1 - r1 [|x/(side-1) - 1/2| > 0.1 for every coordinate] + r2 [every coordinate is in the band]. */
export function deceptiveReward(side: number, r0: number, r1: number, r2: number): GridReward {
  return (coordinates) => {
    const outer = coordinates.every((x) => 10 * Math.abs(2 * x - (side - 1)) > 2 * (side - 1));
    return r0 + (outer ? 0 : r1) + (coordinates.every((x) => isBand(x, side)) ? r2 : 0);
  };
}

/** r0 + sum_t weights[t] [tiers 0..t hold], by the test of each tier. */
function tieredReward(r0: number, weights: number[], holds: (tier: number, coordinates: number[]) => boolean): GridReward {
  return (coordinates) => {
    const failed = weights.findIndex((_, tier) => !holds(tier, coordinates));
    return r0 + sum(weights.slice(0, failed < 0 ? weights.length : failed));
  };
}

/** Tier t holds if an even number of the first `constrained` coordinates has a 1 in bit b, for every b below bits[t]. */
export function bitwiseXorReward(options: { r0: number; weights: number[]; bits: number[]; constrained: number }): GridReward {
  const { r0, weights, bits, constrained } = options;
  return tieredReward(r0, weights, (tier, coordinates) =>
    Array.from({ length: bits[tier]! }, (_, b) => b).every(
      (b) => coordinates.slice(0, constrained).filter((x) => Math.floor(x / 2 ** b) % 2 === 1).length % 2 === 0,
    ),
  );
}

/**
 * Tier t holds if the first `constrained` coordinates are products of the primes with exponents of at most caps[t], if no prime divides two
 * neighbours (if they must be coprime), and if their least common multiple is lcms[t] (unless that is 0).
 */
export function multiplicativeReward(options: {
  r0: number;
  weights: number[];
  primes: number[];
  caps: number[];
  lcms: number[];
  coprime: boolean;
  constrained: number;
}): GridReward {
  const { r0, weights, primes, caps, lcms, coprime, constrained } = options;
  const exponent = (x: number, prime: number): number => (x % prime === 0 ? 1 + exponent(x / prime, prime) : 0);
  const power = (exponents: number[]) => exponents.reduce((product, e, k) => product * primes[k]! ** e, 1);
  return tieredReward(r0, weights, (tier, coordinates) => {
    const factored = coordinates.slice(0, constrained);
    if (factored.includes(0)) return false;
    const exponents = factored.map((x) => primes.map((prime) => exponent(x, prime)));
    const areProducts = factored.every((x, i) => power(exponents[i]!) === x && exponents[i]!.every((e) => e <= caps[tier]!));
    const areCoprime = exponents.every((own, i) => i === 0 || own.every((e, k) => e === 0 || exponents[i - 1]![k] === 0));
    const multiple = power(primes.map((_, k) => exponents.reduce((most, own) => Math.max(most, own[k]!), 0)));
    return areProducts && (!coprime || areCoprime) && (lcms[tier] === 0 || lcms[tier] === multiple);
  });
}
