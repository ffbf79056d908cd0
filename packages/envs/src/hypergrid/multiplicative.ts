import shader from "@webgfn/shaders/envs/hypergrid/multiplicative.wgsl";
import { coordinatesOf, type GridReward, type GridSize } from "./grid-reward.js";
import { type Tiers, tieredReward } from "./tiers.js";

export interface MultiplicativeTiers extends Tiers {
  readonly primes: readonly number[];
  /** Largest exponent of every prime, for each tier. */
  readonly exponentCaps: readonly number[];
  /** Least common multiple of the constrained coordinates, for each tier; 0 for any. */
  readonly tierLcms: readonly number[];
  /** Whether neighbouring constrained coordinates must be coprime. */
  readonly neighbours: "free" | "coprime";
}

/**
 * Tier t holds if the constrained coordinates are products of the primes with exponents of at most exponentCaps[t], neighbours are coprime if
 * `neighbours` demands it, and their least common multiple is tierLcms[t] unless that is 0.
 */
export function multiplicativeReward(size: GridSize, tiers: MultiplicativeTiers): GridReward {
  const { primes, exponentCaps, tierLcms, neighbours } = tiers;
  // For each coordinate, the number of tiers, from the first on, whose exponents it satisfies.
  const factored = coordinatesOf(size).map((x) => {
    const wrong = exponentCaps.findIndex((cap) => !isProduct(x, primes, cap));
    return wrong < 0 ? exponentCaps.length : wrong;
  });
  const coprime = neighbours === "coprime";
  const automata = exponentCaps.map((_, t) => {
    const wanted = [...new Set(tierLcms.slice(0, t + 1))].filter((multiple) => multiple > 0);
    const [multiple = 0] = wanted;
    return {
      // The state holds the previous coordinate, if it matters, and the least common multiple so far, if one is required.
      start: stateOf(1, 1),
      values: coordinatesOf(size).filter((x) => (factored[x] as number) > t && (multiple === 0 || multiple % x === 0)),
      next(state: number, value: number) {
        const [before, least] = [state % 1024, Math.floor(state / 1024)];
        if (commonDivisor(before, value) > 1) return undefined;
        return stateOf(coprime ? radical(value, primes) : 1, multiple === 0 ? 1 : (least / commonDivisor(least, value)) * value);
      },
      accepts: (state: number) => wanted.length < 2 && (multiple === 0 || Math.floor(state / 1024) === multiple),
    };
  });
  return tieredReward(size, tiers, automata, { shader, constants: { COPRIME: coprime ? 1 : 0 }, rest: [...tierLcms, ...factored] });
}

/** Coordinates are below 1024. */
function stateOf(before: number, least: number): number {
  return least * 1024 + before;
}

/** Whether x is a product of the primes, each with an exponent of at most `cap`. */
function isProduct(x: number, primes: readonly number[], cap: number): boolean {
  if (x === 0) return false;
  let rest = x;
  for (const prime of primes) for (let n = 0; n < cap && rest % prime === 0; n++) rest /= prime;
  return rest === 1;
}

/** The product of the primes that divide x: a neighbour can only share these factors. */
function radical(x: number, primes: readonly number[]): number {
  return primes.reduce((product, prime) => (x % prime === 0 ? product * prime : product), 1);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
