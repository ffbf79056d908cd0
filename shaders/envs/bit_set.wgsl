// Sets as bits in a state: element k of the set that begins at word `start` is bit k % 32 of word start + k / 32.

import package::environment::State;

fn has_bit(state: State, start: u32, k: u32) -> bool {
  return ((state[start + k / 32u] >> (k % 32u)) & 1u) == 1u;
}

// The first element at or after `least` of a set of `words` words, or 32 · words.
fn next_bit(state: State, start: u32, words: u32, least: u32) -> u32 {
  for (var word = least / 32u; word < words; word++) {
    let first = select(0u, least % 32u, word == least / 32u);
    let bits = state[start + word] & (0xffffffffu << first);
    if (bits != 0u) {
      return word * 32u + lowest_one(bits);
    }
  }
  return 32u * words;
}

// The position of the lowest 1 of bits that are not all 0, in fewer instructions than firstTrailingBit, which compilers have to emulate.
fn lowest_one(bits: u32) -> u32 {
  return countOneBits(~bits & (bits - 1u));
}
