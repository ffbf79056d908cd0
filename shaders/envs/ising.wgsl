// Ising model (docs/ising.md): spins s_i = ±1 on a lattice with WIDTH sites in a row, set one by one in any order.
//   log R(s) = Σ_{bonds ij} J_ij s_i s_j + h Σ_i s_i
// State: two bits per site, 16 sites per word, then the number of sites that are set. Bit 2i: site i is down (−1); bit 2i + 1: it is up (+1).
// Action a sets bit a, and feature k is bit k.

import constants::{SITES, WIDTH, STATE_WORDS, FEATURES};
import package::bit_set::{has_bit, next_bit};

// environment_data: h, then for each site the J of its bond with the next one in its row, and with the one below it; the last column and
// the last row have their bonds with the first ones. A bond that the lattice lacks has J = 0.
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const COUNT = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[COUNT] == SITES;
}

fn is_allowed(state: State, action: u32) -> bool {
  return ((state[action / 32u] >> (action % 32u / 2u * 2u)) & 3u) == 0u;
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  next[action / 32u] |= 1u << (action % 32u);
  next[COUNT] += 1u;
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return has_bit(state, 0u, action);
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

// Features: one-hot of each site that is set; site i is down: 2i, up: 2i + 1.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, has_bit(state, 0u, k));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  return min(next_bit(state, 0u, COUNT, start), FEATURES);
}

// The spin of a site that is set.
fn spin(state: State, site: u32) -> f32 {
  return select(-1.0, 1.0, has_bit(state, 0u, 2u * site + 1u));
}

// Row by row: a single long sum of float32 would round away more.
fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var start = 0u; start < SITES; start += WIDTH) {
    let below = select(start + WIDTH, 0u, start + WIDTH == SITES);
    var row = 0.0;
    for (var column = 0u; column < WIDTH; column++) {
      let site = start + column;
      let right = start + select(column + 1u, 0u, column + 1u == WIDTH);
      let bonds = environment_data[1u + 2u * site] * spin(state, right) + environment_data[2u + 2u * site] * spin(state, below + column);
      row += spin(state, site) * (environment_data[0] + bonds);
    }
    sum += row;
  }
  return sum;
}

// Enumeration: site i is the i-th digit in base 3, 0 where it is not set, 1 down, 2 up.
fn state_at(index: u32) -> State {
  var state = State();
  var rest = index;
  for (var i = 0u; i < SITES; i++) {
    state[i / 16u] |= (rest % 3u) << (i % 16u * 2u);
    state[COUNT] += min(rest % 3u, 1u);
    rest /= 3u;
  }
  return state;
}

fn state_index(state: State) -> u32 {
  var index = 0u;
  for (var i = u32(SITES); i > 0u; i--) {
    index = index * 3u + ((state[(i - 1u) / 16u] >> ((i - 1u) % 16u * 2u)) & 3u);
  }
  return index;
}
