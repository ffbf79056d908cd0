/** Symbols packed into the words of a state. Each takes as many bits as the largest symbol needs, and none crosses a word boundary. */
export interface Packing {
  /** Bits of a symbol. */
  symbolBits: number;
  /** Symbols in one word. */
  perWord: number;
  /** Words for all positions. */
  words: number;
  /** Writes a symbol at a position that holds 0. */
  place(state: Uint32Array, position: number, symbol: number): void;
  at(state: Uint32Array, position: number): number;
}

export function packing(symbols: number, positions: number): Packing {
  const symbolBits = Math.max(1, 32 - Math.clz32(symbols - 1));
  const perWord = Math.floor(32 / symbolBits);
  const mask = 2 ** symbolBits - 1;
  const shift = (position: number) => (position % perWord) * symbolBits;
  return {
    symbolBits,
    perWord,
    words: Math.ceil(positions / perWord),
    place(state, position, symbol) {
      const word = Math.floor(position / perWord);
      state[word] = (state[word] as number) | (symbol << shift(position));
    },
    at: (state, position) => ((state[Math.floor(position / perWord)] as number) >>> shift(position)) & mask,
  };
}
