import { type Rule, requireRule } from "./schema.js";

/** Four 32-bit words: a counter, or its random words. */
export type Words = readonly [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

const hasWords = (value: unknown, count: number) =>
  (Array.isArray(value) || ArrayBuffer.isView(value)) && (value as unknown as ArrayLike<unknown>).length === count;
const WORDS_OF_KEY: Rule = { words: "two 32-bit words", accepts: (value) => hasWords(value, 2) };
const WORDS_OF_COUNTER: Rule = { words: "four 32-bit words", accepts: (value) => hasWords(value, 4) };
const NUMBER: Rule = { words: "a number", accepts: (value) => typeof value === "number" };

/** High word of the 64-bit product of two 32-bit words, by 16-bit halves. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * Four random 32-bit words for a two-word key and a four-word counter, by Philox4x32-10 (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011): the host's twin of `shaders/tensor/random.wgsl`. The same key and counter give the
 * same bits on both.
 *
 * @param key two 32-bit words, such as a seed and 0.
 * @param counter four 32-bit words.
 * @throws WebgfnError `argument` for a key or counter of another length.
 *
 * @example
 * ```ts
 * import { philox } from "@webgfn/tensor";
 * const [seed, draw] = [7, 0];
 * console.log(philox([seed, 0], [draw, 0, 0, 0])); // [ 4099963437, 3221879260, 490388034, 367897730 ]
 * ```
 */
export function philox(key: readonly [number, number], counter: Words): Words {
  requireRule("the key of philox", key, WORDS_OF_KEY);
  requireRule("the counter of philox", counter, WORDS_OF_COUNTER);
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/**
 * Converts a word to a float32 in the open interval (0, 1), never 0 or 1. It uses 23 bits plus a half, which float32 represents exactly; with
 * one more bit, the largest words would round to 1.
 *
 * @param word 32 bits, as a whole number.
 * @throws WebgfnError `argument` for a value that is not a number.
 *
 * @example
 * ```ts
 * import { uniform } from "@webgfn/tensor";
 * console.log(uniform(0) > 0, uniform(0x80000000).toFixed(6), uniform(0xffffffff) < 1); // true 0.500000 true
 * ```
 */
export function uniform(word: number): number {
  requireRule("the word of uniform", word, NUMBER);
  return ((word >>> 9) + 0.5) * 2 ** -23;
}

/**
 * A host-side stream of uniforms and normals, for initial weights and simulated data.
 *
 * @example
 * ```ts
 * import { RandomStream } from "@webgfn/tensor";
 * const random = new RandomStream(7);
 * console.log(random.uniform().toFixed(4), random.normal().toFixed(4), random.integer(6)); // 0.9546 0.5714 0
 * console.log(new RandomStream(7, 1).uniform().toFixed(4)); // 0.8385
 * ```
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #purpose: number;
  #block = 0;
  #words: number[] = [];

  /**
   * @param seed a whole number.
   * @param purpose separates streams of the same seed.
   * @throws WebgfnError `argument` for a seed that is not a number.
   */
  constructor(seed: number, purpose = 0) {
    requireRule("the seed of a RandomStream", seed, NUMBER);
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.#purpose = purpose;
  }

  /** The next 32 random bits, as a whole number. */
  word(): number {
    if (this.#words.length === 0) this.#words = [...philox(this.#key, [this.#block++, 0, 0, this.#purpose])].reverse();
    return this.#words.pop() as number;
  }

  /** The next uniform number in (0, 1). */
  uniform(): number {
    return uniform(this.word());
  }

  /** The next uniform whole number in [0, bound). */
  integer(bound: number): number {
    return Math.min(bound - 1, Math.floor(this.uniform() * bound));
  }

  /** The next standard normal number, by Box and Muller's transform. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
