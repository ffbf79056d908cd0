// Cuts of a graph (docs/combinatorial-benchmarks.md): all vertices start on one side; vertices move to the other side S until a stop.
//   log R(S) = Σ_{edges ab with a ∈ S, b ∉ S} weight(ab) / T
// State: a bit per vertex of S, 32 per word; the size of S; 1 after the stop action, which is VERTICES.

import constants::{VERTICES, STATE_WORDS, FEATURES};
import package::bit_set::{has_bit, next_bit};

// environment_data: 1 / T; for each vertex where its edges with later vertices begin, and the end, [VERTICES + 1]; then of each edge the later
// vertex and the weight.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const SIZE = STATE_WORDS - 2u;
const STOPPED = STATE_WORDS - 1u;
const LAST_BIT = VERTICES % 32u;
const FIRST_EDGE = VERTICES + 2u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOPPED] == 1u;
}

// Whether a vertex is in S.
fn contains(state: State, vertex: u32) -> bool {
  return has_bit(state, 0u, vertex);
}

fn is_allowed(state: State, action: u32) -> bool {
  return action == VERTICES || !contains(state, action);
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  if (action == VERTICES) {
    next[STOPPED] = 1u;
  } else {
    next[action / 32u] |= 1u << (action % 32u);
    next[SIZE] += 1u;
  }
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return select(action < VERTICES && contains(state, action), action == VERTICES, is_terminal(state));
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  if (action == VERTICES) {
    previous[STOPPED] = 0u;
  } else {
    previous[action / 32u] &= ~(1u << (action % 32u));
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

// Features: membership, one per vertex.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, contains(state, k));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  return min(next_bit(state, 0u, SIZE, start), FEATURES);
}

// Vertex by vertex: a single long sum of float32 would round away more.
fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  var edge = 0u;
  for (var a = 0u; a < VERTICES; a++) {
    let end = u32(environment_data[a + 2u]);
    var of_vertex = 0.0;
    for (; edge < end; edge++) {
      let b = u32(environment_data[FIRST_EDGE + 2u * edge]);
      of_vertex += select(0.0, environment_data[FIRST_EDGE + 2u * edge + 1u], contains(state, a) != contains(state, b));
    }
    sum += of_vertex;
  }
  return environment_data[0] * sum;
}

// Enumeration (up to 20 vertices): the bits of S, then whether it has stopped.
fn state_at(index: u32) -> State {
  var state = State();
  state[0] = index & ((1u << LAST_BIT) - 1u);
  state[SIZE] = countOneBits(state[0]);
  state[STOPPED] = index >> LAST_BIT;
  return state;
}

fn state_index(state: State) -> u32 {
  return state[0] | (state[STOPPED] << LAST_BIT);
}
