/** Sets of small whole numbers as bits, 32 to a word. */

/** Whether bit k of the words that begin at `start` is 1. */
export function hasBit(words: ArrayLike<number>, k: number, start = 0): boolean {
  return (((words[start + (k >>> 5)] as number) >>> (k & 31)) & 1) === 1;
}

/** Sets bit k of the words that begin at `start`. */
export function setBit(words: Uint32Array, k: number, start = 0): void {
  const word = start + (k >>> 5);
  words[word] = (words[word] as number) | (1 << (k & 31));
}

/** The numbers of the bits that are 1, below `size`. */
export function bitsOf(words: ArrayLike<number>, size: number): number[] {
  return Array.from({ length: size }, (_, k) => k).filter((k) => hasBit(words, k));
}

/** The lower and the upper 16 bits of each word: whole numbers that float32 represents. */
export function halvesOf(words: Uint32Array): Float32Array {
  const halves = new Float32Array(2 * words.length);
  words.forEach((word, n) => {
    halves[2 * n] = word & 0xffff;
    halves[2 * n + 1] = word >>> 16;
  });
  return halves;
}
