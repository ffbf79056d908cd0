// Bit sequences (docs/sequence-benchmarks.md): POSITIONS words of WORD_BITS bits. In the order `append` an action appends a word; with
// ANY_ORDER it puts a word at any free position.
//   log R(x) = −exponent · min_m d(x, m),  d the Hamming distance of x and a mode m
// State: the words, PER_WORD in each word of the state (0 at free positions), then a bit for each position that is filled.
// Bit i of a sequence is bit WORD_BITS − 1 − i mod WORD_BITS of its word, so that words are written from left to right.

import constants::{POSITIONS, WORD_BITS, PER_WORD, MODES, ANY_ORDER, STATE_WORDS, FEATURES};
import package::bit_set::has_bit;

// environment_data: exponent, then for each mode its words as those of a state, each as its upper and lower 16 bits
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const WORDS = 1u << WORD_BITS;
// Words of the state before those that say which positions are filled.
const PACKED = (POSITIONS + PER_WORD - 1u) / PER_WORD;

fn initial_state() -> State {
  return State();
}

fn is_filled(state: State, position: u32) -> bool {
  return has_bit(state, PACKED, position);
}

fn word_at(state: State, position: u32) -> u32 {
  return (state[position / PER_WORD] >> (position % PER_WORD * WORD_BITS)) & (WORDS - 1u);
}

fn bit_of(state: State, bit: u32) -> u32 {
  return (word_at(state, bit / WORD_BITS) >> (WORD_BITS - 1u - bit % WORD_BITS)) & 1u;
}

// The number of words, which is the number of actions from the initial state.
fn level(state: State) -> u32 {
  var filled = 0u;
  for (var i = PACKED; i < STATE_WORDS; i++) {
    filled += countOneBits(state[i]);
  }
  return filled;
}

fn is_terminal(state: State) -> bool {
  return level(state) == POSITIONS;
}

fn is_allowed(state: State, action: u32) -> bool {
  if (ANY_ORDER == 1) {
    return !is_filled(state, action / WORDS);
  }
  return !is_filled(state, POSITIONS - 1u);
}

fn apply(state: State, action: u32) -> State {
  var position = action / WORDS;
  if (ANY_ORDER != 1) {
    position = level(state);
  }
  var next = state;
  next[position / PER_WORD] |= (action % WORDS) << (position % PER_WORD * WORD_BITS);
  next[PACKED + position / 32u] |= 1u << (position % 32u);
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  if (ANY_ORDER == 1) {
    return is_filled(state, action / WORDS) && word_at(state, action / WORDS) == action % WORDS;
  }
  let filled = level(state);
  return filled > 0u && word_at(state, filled - 1u) == action;
}

fn undo(state: State, action: u32) -> State {
  var position = action / WORDS;
  if (ANY_ORDER != 1) {
    position = level(state) - 1u;
  }
  var previous = state;
  previous[position / PER_WORD] &= ~((WORDS - 1u) << (position % PER_WORD * WORD_BITS));
  previous[PACKED + position / 32u] &= ~(1u << (position % 32u));
  return previous;
}

// In any order each of the words can be the last one; appended, only the last.
fn parent_count(state: State) -> u32 {
  if (ANY_ORDER == 1) {
    return level(state);
  }
  return min(level(state), 1u);
}

// Features: one-hot of each bit; bit i is 0: 2i, it is 1: 2i + 1. Both are 0 where the word is not there yet.
fn feature(state: State, k: u32) -> f32 {
  let bit = k / 2u;
  return select(0.0, 1.0, is_filled(state, bit / WORD_BITS) && bit_of(state, bit) == k % 2u);
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  var bit = start / 2u;
  if (start % 2u == 1u && (!is_filled(state, bit / WORD_BITS) || bit_of(state, bit) == 0u)) {
    bit += 1u;
  }
  while (bit < FEATURES / 2u) {
    if (is_filled(state, bit / WORD_BITS)) {
      return 2u * bit + bit_of(state, bit);
    }
    bit = (bit / WORD_BITS + 1u) * WORD_BITS;
  }
  return FEATURES;
}

fn log_reward(state: State) -> f32 {
  var least = u32(POSITIONS * WORD_BITS);
  for (var mode = 0u; mode < MODES; mode++) {
    var distance = 0u;
    for (var i = 0u; i < PACKED; i++) {
      let at = 1u + 2u * (mode * PACKED + i);
      let word = (u32(environment_data[at]) << 16u) | u32(environment_data[at + 1u]);
      distance += countOneBits(state[i] ^ word);
    }
    least = min(least, distance);
  }
  return -environment_data[0] * f32(least);
}

// Enumeration. In any order position i is the i-th digit in base WORDS + 1, and 0 where it is free. Appended words are digits 1 … WORDS of
// bijective numeration, so that the number determines how many there are.
fn state_at(index: u32) -> State {
  var state = State();
  var rest = index;
  if (ANY_ORDER == 1) {
    for (var i = 0u; i < POSITIONS; i++) {
      put(&state, i, rest % (WORDS + 1u));
      rest /= WORDS + 1u;
    }
    return state;
  }
  var filled = 0u;
  for (; rest > 0u; rest = (rest - 1u) / WORDS) {
    filled += 1u;
  }
  rest = index;
  for (var i = filled; i > 0u; i--) {
    put(&state, i - 1u, (rest - 1u) % WORDS + 1u);
    rest = (rest - 1u) / WORDS;
  }
  return state;
}

// Puts a word by its digit, which is one more than the word; 0 leaves the position free.
fn put(state: ptr<function, State>, position: u32, digit: u32) {
  if (digit > 0u) {
    state[position / PER_WORD] |= (digit - 1u) << (position % PER_WORD * WORD_BITS);
    state[PACKED + position / 32u] |= 1u << (position % 32u);
  }
}

fn state_index(state: State) -> u32 {
  var index = 0u;
  if (ANY_ORDER == 1) {
    for (var i = u32(POSITIONS); i > 0u; i--) {
      index = index * (WORDS + 1u) + select(0u, word_at(state, i - 1u) + 1u, is_filled(state, i - 1u));
    }
    return index;
  }
  for (var i = 0u; i < level(state); i++) {
    index = index * WORDS + word_at(state, i) + 1u;
  }
  return index;
}
