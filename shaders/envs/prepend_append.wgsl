// Sequences of LENGTH symbols that grow at both ends (docs/sequence-benchmarks.md): an action puts one of SYMBOLS symbols before the first one,
// or behind the last one. A sequence of two or more symbols has two last actions, also where both take the same symbol away; so has a single
// symbol, which both ends lead to.
//   log R(x) = Σ_i f(x_i)·i,  positions i from 1
// State: the symbols from the first on, SYMBOL_BITS bits each and PER_WORD per word (0 behind the last one), then their number.
// Action v < SYMBOLS puts symbol v first, action SYMBOLS + v puts it last.

import constants::{SYMBOLS, LENGTH, STATE_WORDS};
import package::symbols::{get_symbol, put_symbol, has_symbol_feature, next_symbol_feature, position_weighted_sum, number_of, put_number};

// environment_data: [SYMBOLS] f
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const COUNT = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[COUNT] == LENGTH;
}

fn symbol_at(state: State, i: u32) -> u32 {
  return get_symbol(state, i);
}

// The symbols from `first` up to `end`, at the positions from `start` on.
fn moved(state: State, first: u32, end: u32, start: u32) -> State {
  var result = State();
  for (var i = first; i < end; i++) {
    put_symbol(&result, start + i - first, symbol_at(state, i));
  }
  return result;
}

fn is_allowed(state: State, action: u32) -> bool {
  return state[COUNT] < LENGTH;
}

fn apply(state: State, action: u32) -> State {
  let count = state[COUNT];
  let is_first = action < SYMBOLS;
  var next = moved(state, 0u, count, select(0u, 1u, is_first));
  put_symbol(&next, select(count, 0u, is_first), action % SYMBOLS);
  next[COUNT] = count + 1u;
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  let count = state[COUNT];
  if (count == 0u) {
    return false;
  }
  return symbol_at(state, select(count - 1u, 0u, action < SYMBOLS)) == action % SYMBOLS;
}

fn undo(state: State, action: u32) -> State {
  let count = state[COUNT];
  let first = select(0u, 1u, action < SYMBOLS);
  var previous = moved(state, first, first + count - 1u, 0u);
  previous[COUNT] = count - 1u;
  return previous;
}

fn parent_count(state: State) -> u32 {
  return select(2u, 0u, state[COUNT] == 0u);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT];
}

// Features: one-hot per filled position; position i with symbol v is feature i·SYMBOLS + v.
fn feature(state: State, k: u32) -> f32 {
  return select(0.0, 1.0, has_symbol_feature(state, state[COUNT], k));
}

// The first non-zero feature at or after `start`, or FEATURES.
fn next_feature(state: State, start: u32) -> u32 {
  return next_symbol_feature(state, state[COUNT], start);
}

fn log_reward(state: State) -> f32 {
  return position_weighted_sum(state, state[COUNT]);
}

// Enumeration: by their numbers.
fn state_at(index: u32) -> State {
  var state = State();
  let count = put_number(&state, index);
  state[COUNT] = count;
  return state;
}

fn state_index(state: State) -> u32 {
  return number_of(state, state[COUNT]);
}
