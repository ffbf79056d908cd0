/**
 * Bit sequences: words of a few bits, appended or put at any free position;
 * log R(x) = -exponent min over modes m of the number of bits in which x and m differ.
 */
import type { ReferenceEnvironment } from "./environment.js";

/** The words by their numbers; -1 at free positions. */
export type BitSequenceState = number[];

interface BitSequencesOptions {
  positions: number;
  wordBits: number;
  anyOrder: boolean;
  exponent: number;
  /** The bits of each mode. */
  modes: number[][];
}

/** Action w appends word w; in any order action position 2^wordBits + w puts word w there. */
export function bitSequences({
  positions,
  wordBits,
  anyOrder,
  exponent,
  modes,
}: BitSequencesOptions): ReferenceEnvironment<BitSequenceState> {
  const words = 2 ** wordBits;
  const put = (state: BitSequenceState, position: number, word: number): BitSequenceState =>
    state.map((own, i) => (i === position ? word : own));
  const firstFree = (state: BitSequenceState): number => state.indexOf(-1);
  return {
    name: `bit sequences of ${positions} words of ${wordBits} bits`,
    actions: anyOrder ? positions * words : words,
    features: 2 * positions * wordBits,
    horizon: positions,
    initial: () => Array<number>(positions).fill(-1),
    isTerminal: (state) => !state.includes(-1),
    allowed: (state) => {
      const free = anyOrder ? state.map((word) => word === -1) : [state.includes(-1)];
      return free.flatMap((isFree) => Array<boolean>(words).fill(isFree));
    },
    apply: (state, action) => (anyOrder ? put(state, Math.floor(action / words), action % words) : put(state, firstFree(state), action)),
    parents: (state) => {
      const filled = state.flatMap((word, position) => (word === -1 ? [] : [{ word, position }]));
      const last = anyOrder ? filled : filled.slice(-1);
      return last.map(({ word, position }) => ({ state: put(state, position, -1), action: anyOrder ? position * words + word : word }));
    },
    featuresOf: (state) => bitsOf(state, wordBits).flatMap((bit) => [bit === 0 ? 1 : 0, bit === 1 ? 1 : 0]),
    logReward: (state) => {
      const bits = bitsOf(state, wordBits);
      const distances = modes.map((mode) => mode.filter((bit, i) => bit !== bits[i]).length);
      return -exponent * distances.reduce((least, distance) => Math.min(least, distance)) + 0;
    },
    key: (state) => state.join(","),
  };
}

/** The bits of words, from left to right; -1 at free positions. */
function bitsOf(state: BitSequenceState, wordBits: number): number[] {
  return state.flatMap((word) =>
    word === -1 ? Array<number>(wordBits).fill(-1) : [...word.toString(2).padStart(wordBits, "0")].map(Number),
  );
}
