// Ising model on a lattice with free edges: from all cells undecided, choose an undecided cell and set it down or up.
//   log R(x) = coupling · Σ_{neighbours i, j} s_i s_j + field · Σ_i s_i,  s_i = −1 (down) or 1 (up)
// State: one word. Bit 2i: cell i is down, bit 2i + 1: it is up. Action a sets bit a, and feature k is bit k.

import constants::{CELLS, WIDTH, FEATURES, STATE_WORDS};

alias State = array<u32, STATE_WORDS>;

fn initial_state() -> State { return State(); }

fn is_terminal(state: State) -> bool { return countOneBits(state[0]) == CELLS; }

fn is_allowed(state: State, action: u32) -> bool { return ((state[0] >> (action / 2u * 2u)) & 3u) == 0u; }

fn apply(state: State, action: u32) -> State { return State(state[0] | (1u << action)); }

fn is_undoable(state: State, action: u32) -> bool { return ((state[0] >> action) & 1u) == 1u; }

fn undo(state: State, action: u32) -> State { return State(state[0] & ~(1u << action)); }

fn parent_count(state: State) -> u32 { return countOneBits(state[0]); }

fn level(state: State) -> u32 { return countOneBits(state[0]); }

fn feature(state: State, k: u32) -> f32 { return select(0.0, 1.0, is_undoable(state, k)); }

fn next_feature(state: State, start: u32) -> u32 {
  for (var k = start; k < FEATURES; k++) {
    if (is_undoable(state, k)) { return k; }
  }
  return FEATURES;
}

// [coupling, field]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < CELLS; i++) {
    sum += environment_data[1] * spin(state, i);
    if ((i + 1u) % WIDTH != 0u) { sum += environment_data[0] * spin(state, i) * spin(state, i + 1u); }
    if (i + WIDTH < CELLS) { sum += environment_data[0] * spin(state, i) * spin(state, i + WIDTH); }
  }
  return sum;
}

fn spin(state: State, i: u32) -> f32 { return select(-1.0, 1.0, is_undoable(state, 2u * i + 1u)); }

// Cell i is the i-th digit in base 3: 0 undecided, 1 down, 2 up, which are its two bits.
fn state_at(index: u32) -> State {
  var state = State();
  var rest = index;
  for (var i = 0u; i < CELLS; i++) {
    state[0] |= (rest % 3u) << (2u * i);
    rest /= 3u;
  }
  return state;
}

fn state_index(state: State) -> u32 {
  var index = 0u;
  for (var i = u32(CELLS); i > 0u; i--) {
    index = 3u * index + ((state[0] >> (2u * i - 2u)) & 3u);
  }
  return index;
}
