// Sets (method §4): from ∅ add items until |x| = SIZE; log R(x) = Σ_{d ∈ x} score(d).
// State: a bit per item, 32 per word, then the number of items.

import constants::{ITEMS, SIZE, STATE_WORDS, FEATURES};
import package::bit_set::{has_bit, next_bit};

// environment_data: [ITEMS] scores
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const COUNT = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[COUNT] == SIZE;
}

fn contains(state: State, item: u32) -> bool {
  return has_bit(state, 0u, item);
}

fn is_allowed(state: State, action: u32) -> bool {
  return !contains(state, action);
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  next[action / 32u] |= 1u << (action % 32u);
  next[COUNT] += 1u;
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return contains(state, action);
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  previous[action / 32u] &= ~(1u << (action % 32u));
  previous[COUNT] -= 1u;
  return previous;
}

fn parent_count(state: State) -> u32 {
  return state[COUNT];
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT];
}

// Features: membership, one per item.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, contains(state, k));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  return min(next_bit(state, 0u, COUNT, start), FEATURES);
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var item = next_feature(state, 0u); item < FEATURES; item = next_feature(state, item + 1u)) {
    sum += environment_data[item];
  }
  return sum;
}

// Enumeration (up to 31 items): the bits are the index. Sets larger than SIZE have an index, but no trajectory reaches them.
fn state_at(index: u32) -> State {
  var state = State();
  state[0] = index;
  state[COUNT] = countOneBits(index);
  return state;
}

fn state_index(state: State) -> u32 {
  return state[0];
}
