// Perfect binary tree (docs/combinatorial-benchmarks.md): from the root go to the left (action 0) or right child (action 1) until a leaf.
//   log R(leaf) is given for each leaf.
// State: the node's number in breadth-first order: the root is 0, the children of n are 2n + 1 and 2n + 2.

import constants::{DEPTH, STATE_WORDS, FEATURES};

// environment_data: log R of each leaf, from left to right, [2^DEPTH]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const FIRST_LEAF = (1u << DEPTH) - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[0] >= FIRST_LEAF;
}

fn is_allowed(state: State, action: u32) -> bool {
  return true;
}

fn apply(state: State, action: u32) -> State {
  return State(2u * state[0] + 1u + action);
}

// A left child has an odd number.
fn is_undoable(state: State, action: u32) -> bool {
  return state[0] > 0u && (state[0] + 1u) % 2u == action;
}

fn undo(state: State, action: u32) -> State {
  return State((state[0] - 1u) / 2u);
}

fn parent_count(state: State) -> u32 {
  return min(state[0], 1u);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return 31u - countLeadingZeros(state[0] + 1u);
}

// Action i of the path to a node, i < level.
fn step_at(state: State, i: u32) -> u32 {
  return ((state[0] + 1u) >> (level(state) - 1u - i)) & 1u;
}

// Features: one-hot per level; left: 2i, right: 2i + 1.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, k / 2u < level(state) && step_at(state, k / 2u) == k % 2u);
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  let depth = level(state);
  for (var i = start / 2u; i < depth; i++) {
    let k = 2u * i + step_at(state, i);
    if (k >= start) {
      return k;
    }
  }
  return FEATURES;
}

fn log_reward(state: State) -> f32 {
  return environment_data[state[0] - FIRST_LEAF];
}

fn state_at(index: u32) -> State {
  return State(index);
}

fn state_index(state: State) -> u32 {
  return state[0];
}
