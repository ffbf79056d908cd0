// Sequences of symbols in the first words of a state, PER_WORD symbols of SYMBOL_BITS bits per word: what sequences have in common, however
// they grow. `count` is the number of symbols.

import constants::{SYMBOLS, SYMBOL_BITS, PER_WORD, FEATURES};
import package::environment::{State, environment_data};

fn get_symbol(state: State, i: u32) -> u32 {
  return (state[i / PER_WORD] >> (i % PER_WORD * SYMBOL_BITS)) & ((1u << SYMBOL_BITS) - 1u);
}

// Writes a symbol at position i, which is 0.
fn put_symbol(state: ptr<function, State>, i: u32, symbol: u32) {
  state[i / PER_WORD] |= symbol << (i % PER_WORD * SYMBOL_BITS);
}

// One-hot per filled position; position i with symbol v is feature i·SYMBOLS + v.
fn has_symbol_feature(state: State, count: u32, k: u32) -> bool {
  let i = k / SYMBOLS;
  return i < count && get_symbol(state, i) == k % SYMBOLS;
}

// The first feature at or after `start` that is 1, or FEATURES.
fn next_symbol_feature(state: State, count: u32, start: u32) -> u32 {
  var i = start / SYMBOLS;
  if (i < count && get_symbol(state, i) < start % SYMBOLS) {
    i += 1u;
  }
  if (i >= count) {
    return FEATURES;
  }
  return i * SYMBOLS + get_symbol(state, i);
}

// Σ_i f(x_i)·i,  positions i from 1, f = environment_data[0 … SYMBOLS − 1]
fn position_weighted_sum(state: State, count: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < count; i++) {
    sum += environment_data[get_symbol(state, i)] * f32(i + 1u);
  }
  return sum;
}

// The number of a sequence, in bijective numeration with digits 1 … SYMBOLS: it determines the length, and that of the empty sequence is 0.
fn number_of(state: State, count: u32) -> u32 {
  var number = 0u;
  for (var i = 0u; i < count; i++) {
    number = number * SYMBOLS + get_symbol(state, i) + 1u;
  }
  return number;
}

// Writes the symbols of a number, and returns how many they are.
fn put_number(state: ptr<function, State>, number: u32) -> u32 {
  var count = 0u;
  for (var rest = number; rest > 0u; rest = (rest - 1u) / SYMBOLS) {
    count += 1u;
  }
  var rest = number;
  for (var i = count; i > 0u; i--) {
    put_symbol(state, i - 1u, (rest - 1u) % SYMBOLS);
    rest = (rest - 1u) / SYMBOLS;
  }
  return count;
}
