/**
 * A small seeded generator of uniforms in [0, 1), so that every reference test repeats exactly.
 * Mulberry32 (T. Ettinger, public domain). Not the generator of the kernels, on purpose.
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
