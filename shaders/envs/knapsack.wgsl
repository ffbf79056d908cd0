// 0-1 knapsack (docs/combinatorial-benchmarks.md): from ∅ add items that fit until a stop.
//   log R(x) = Σ_{d ∈ x} value(d) / T,  Σ_{d ∈ x} weight(d) ≤ CAPACITY,  |x| ≤ MOST_ITEMS
// State: a bit per item, WORDS words; the weight, in whole units; the number of items; 1 after the stop action, which is ITEMS.

import constants::{ITEMS, WORDS, CAPACITY, MOST_ITEMS, STATE_WORDS, FEATURES, LISTED};
import package::bit_set::{has_bit, next_bit};
import package::listed_sets::{listed_word, listed_index};

// environment_data: [ITEMS] weights, whole numbers; [ITEMS] values / T; then the listed sets that fit.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const LOAD = STATE_WORDS - 3u;
const SIZE = STATE_WORDS - 2u;
const STOPPED = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOPPED] == 1u;
}

// Whether an item is in the set.
fn contains(state: State, item: u32) -> bool {
  return has_bit(state, 0u, item);
}

fn weight(item: u32) -> u32 {
  return u32(environment_data[item]);
}

fn is_allowed(state: State, action: u32) -> bool {
  if (action == ITEMS) {
    return true;
  }
  return !contains(state, action) && state[SIZE] < MOST_ITEMS && state[LOAD] + weight(action) <= CAPACITY;
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  if (action == ITEMS) {
    next[STOPPED] = 1u;
  } else {
    next[action / 32u] |= 1u << (action % 32u);
    next[LOAD] += weight(action);
    next[SIZE] += 1u;
  }
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return select(action < ITEMS && contains(state, action), action == ITEMS, is_terminal(state));
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  if (action == ITEMS) {
    previous[STOPPED] = 0u;
  } else {
    previous[action / 32u] &= ~(1u << (action % 32u));
    previous[LOAD] -= weight(action);
    previous[SIZE] -= 1u;
  }
  return previous;
}

fn parent_count(state: State) -> u32 {
  return select(state[SIZE], 1u, is_terminal(state));
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[SIZE] + state[STOPPED];
}

// Features: membership, one per item.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, contains(state, k));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  return min(next_bit(state, 0u, WORDS, start), FEATURES);
}

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var item = next_feature(state, 0u); item < FEATURES; item = next_feature(state, item + 1u)) {
    sum += environment_data[ITEMS + item];
  }
  return sum;
}

// Enumeration: sets by their place in the list of those that fit; those that have stopped come after the others.
fn state_at(index: u32) -> State {
  var state = State();
  state[STOPPED] = select(0u, 1u, index >= LISTED);
  for (var word = 0u; word < WORDS; word++) {
    state[word] = listed_word(index - state[STOPPED] * LISTED, word);
    state[SIZE] += countOneBits(state[word]);
  }
  for (var item = next_feature(state, 0u); item < FEATURES; item = next_feature(state, item + 1u)) {
    state[LOAD] += weight(item);
  }
  return state;
}

fn state_index(state: State) -> u32 {
  return listed_index(state) + state[STOPPED] * LISTED;
}
