// Independent sets of a graph (docs/combinatorial-benchmarks.md): from ∅ add vertices that are no neighbours of those chosen.
//   log R(x) = |x| / T
// State: a bit per vertex of the set, WORDS words; a bit per vertex outside the set with a neighbour in it; the size; 1 where it is terminal.
// If MAXIMAL is 1 a trajectory ends where no vertex is left, otherwise with the stop action VERTICES.

import constants::{VERTICES, WORDS, MAXIMAL, STATE_WORDS, FEATURES, LISTED};
import package::bit_set::{has_bit, next_bit, lowest_one};
import package::listed_sets::{listed_word, listed_index};

// environment_data: 1 / T, then the neighbours of each vertex, [VERTICES][WORDS] words, each as its lower and upper 16 bits;
// then the listed independent sets.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const SIZE = STATE_WORDS - 2u;
const DONE = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[DONE] == 1u;
}

// Whether a vertex is in the set.
fn contains(state: State, vertex: u32) -> bool {
  return has_bit(state, 0u, vertex);
}

// 32 of a vertex's neighbours as bits.
fn neighbours(vertex: u32, word: u32) -> u32 {
  let at = 1u + 2u * (vertex * WORDS + word);
  return u32(environment_data[at]) | (u32(environment_data[at + 1u]) << 16u);
}

fn is_stop(action: u32) -> bool {
  return MAXIMAL == 0u && action == VERTICES;
}

fn is_allowed(state: State, action: u32) -> bool {
  return is_stop(action) || !(contains(state, action) || has_bit(state, WORDS, action));
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  if (is_stop(action)) {
    next[DONE] = 1u;
    return next;
  }
  next[action / 32u] |= 1u << (action % 32u);
  next[SIZE] += 1u;
  var covered = 0u;
  for (var word = 0u; word < WORDS; word++) {
    next[WORDS + word] = (next[WORDS + word] | neighbours(action, word)) & ~next[word];
    covered += countOneBits(next[word] | next[WORDS + word]);
  }
  next[DONE] = select(0u, 1u, MAXIMAL == 1u && covered == VERTICES);
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  let has_stopped = MAXIMAL == 0u && is_terminal(state);
  return select(!is_stop(action) && contains(state, action), is_stop(action), has_stopped);
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  previous[DONE] = 0u;
  if (is_stop(action)) {
    return previous;
  }
  previous[action / 32u] &= ~(1u << (action % 32u));
  previous[SIZE] -= 1u;
  mark_neighbours(&previous);
  return previous;
}

// Sets the bits of the vertices outside the set with a neighbour in it.
fn mark_neighbours(state: ptr<function, State>) {
  for (var word = 0u; word < WORDS; word++) {
    (*state)[WORDS + word] = 0u;
  }
  for (var block = 0u; block < WORDS; block++) {
    for (var bits = (*state)[block]; bits != 0u; bits &= bits - 1u) {
      let vertex = block * 32u + lowest_one(bits);
      for (var word = 0u; word < WORDS; word++) {
        (*state)[WORDS + word] |= neighbours(vertex, word) & ~(*state)[word];
      }
    }
  }
}

fn parent_count(state: State) -> u32 {
  return select(state[SIZE], 1u, MAXIMAL == 0u && is_terminal(state));
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[SIZE] + select(state[DONE], 0u, MAXIMAL == 1u);
}

// Features: membership, one per vertex; then whether a vertex has a neighbour in the set.
fn feature(state: State, k: u32) -> f32 {
  let is_member = k < VERTICES;
  return select(0.0, 1.0, has_bit(state, select(WORDS, 0u, is_member), select(k - VERTICES, k, is_member)));
}

// The first non-zero feature at or after `start`, or FEATURES = 2 VERTICES.
fn next_feature(state: State, start: u32) -> u32 {
  if (start < VERTICES) {
    let member = next_bit(state, 0u, WORDS, start);
    if (member < VERTICES) {
      return member;
    }
  }
  return min(VERTICES + next_bit(state, WORDS, WORDS, max(start, VERTICES) - VERTICES), FEATURES);
}

fn log_reward(state: State) -> f32 {
  return environment_data[0] * f32(state[SIZE]);
}

// Enumeration: independent sets by their place in the list; those that have stopped come after the others.
fn state_at(index: u32) -> State {
  var state = State();
  let has_stopped = index >= LISTED;
  var covered = 0u;
  for (var word = 0u; word < WORDS; word++) {
    state[word] = listed_word(select(index, index - LISTED, has_stopped), word);
    state[SIZE] += countOneBits(state[word]);
  }
  mark_neighbours(&state);
  for (var word = 0u; word < WORDS; word++) {
    covered += countOneBits(state[word] | state[WORDS + word]);
  }
  state[DONE] = select(0u, 1u, select(has_stopped, covered == VERTICES, MAXIMAL == 1u));
  return state;
}

fn state_index(state: State) -> u32 {
  return listed_index(state) + select(state[DONE] * LISTED, 0u, MAXIMAL == 1u);
}
