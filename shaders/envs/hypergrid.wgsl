// Hypergrid {0 … SIDE−1}^DIMENSIONS (method §4): an action adds 1 to one coordinate, or stops.
// The module `grid_reward` defines log R of a cell: one of those in hypergrid/, by the reward family.
// State: one word per coordinate, then the stop flag, so that action a adds 1 to word a.

import constants::{DIMENSIONS, SIDE, STATE_WORDS, FEATURES};
import package::grid_reward::cell_log_reward;

// environment_data: as the module `grid_reward` says
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const STOP = DIMENSIONS;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOP] == 1u;
}

fn is_allowed(state: State, action: u32) -> bool {
  return action == STOP || state[action] + 1u < SIDE;
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  next[action] += 1u;
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return state[action] > 0u && (action == STOP || !is_terminal(state));
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  previous[action] -= 1u;
  return previous;
}

fn parent_count(state: State) -> u32 {
  if (is_terminal(state)) {
    return 1u;
  }
  var count = 0u;
  for (var i = 0u; i < DIMENSIONS; i++) {
    count += select(0u, 1u, state[i] > 0u);
  }
  return count;
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  var sum = 0u;
  for (var i = 0u; i < STATE_WORDS; i++) {
    sum += state[i];
  }
  return sum;
}

// Features: one-hot per coordinate; coordinate i with value x is feature i·SIDE + x.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, state[k / SIDE] == k % SIDE);
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  var i = start / SIDE;
  if (i < DIMENSIONS && state[i] < start % SIDE) {
    i += 1u;
  }
  if (i >= DIMENSIONS) {
    return FEATURES;
  }
  return i * SIDE + state[i];
}

fn log_reward(state: State) -> f32 {
  return cell_log_reward(state);
}

// Enumeration: grid cells in row-major order (first coordinate slowest), then their stopped copies.
fn state_at(index: u32) -> State {
  var state = State();
  var rest = index;
  for (var i = u32(DIMENSIONS); i > 0u; i--) {
    state[i - 1u] = rest % SIDE;
    rest /= SIDE;
  }
  state[STOP] = rest;
  return state;
}

fn state_index(state: State) -> u32 {
  var index = state[STOP];
  for (var i = 0u; i < DIMENSIONS; i++) {
    index = index * SIDE + state[i];
  }
  return index;
}
