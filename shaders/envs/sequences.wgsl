// Sequences (method §4): an action appends one of SYMBOLS symbols, or stops. At LENGTH symbols only the stop is allowed,
// and below LEAST_LENGTH symbols it is not.
//   log R(x) = Σ_i f(x_i)·i,  positions i from 1
// State: the symbols, SYMBOL_BITS bits each and PER_WORD per word (0 at unfilled positions), their number, the stop flag.

import constants::{SYMBOLS, LENGTH, LEAST_LENGTH, SYMBOL_BITS, PER_WORD, SEQUENCES, STATE_WORDS};
import package::symbols::{get_symbol, put_symbol, has_symbol_feature, next_symbol_feature, position_weighted_sum, number_of, put_number};

// environment_data: [SYMBOLS] f
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const STOP = u32(SYMBOLS);
const COUNT = STATE_WORDS - 2u;
const STOPPED = STATE_WORDS - 1u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[STOPPED] == 1u;
}

fn symbol_at(state: State, i: u32) -> u32 {
  return get_symbol(state, i);
}

fn is_allowed(state: State, action: u32) -> bool {
  if (action == STOP) {
    return state[COUNT] >= LEAST_LENGTH;
  }
  return state[COUNT] < LENGTH;
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  if (action == STOP) {
    next[STOPPED] = 1u;
  } else {
    let i = state[COUNT];
    put_symbol(&next, i, action);
    next[COUNT] = i + 1u;
  }
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  if (is_terminal(state)) {
    return action == STOP;
  }
  return state[COUNT] > 0u && action == symbol_at(state, state[COUNT] - 1u);
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  if (action == STOP) {
    previous[STOPPED] = 0u;
  } else {
    let i = state[COUNT] - 1u;
    previous[i / PER_WORD] &= ~(((1u << SYMBOL_BITS) - 1u) << (i % PER_WORD * SYMBOL_BITS));
    previous[COUNT] = i;
  }
  return previous;
}

// The state graph is a tree, so every state except the initial one has one parent, and p_B = 1.
fn parent_count(state: State) -> u32 {
  return min(level(state), 1u);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT] + state[STOPPED];
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

// Enumeration: the SEQUENCES open sequences by their numbers, then their stopped copies.
fn state_at(index: u32) -> State {
  var state = State();
  state[STOPPED] = index / SEQUENCES;
  let count = put_number(&state, index % SEQUENCES);
  state[COUNT] = count;
  return state;
}

fn state_index(state: State) -> u32 {
  return state[STOPPED] * SEQUENCES + number_of(state, state[COUNT]);
}
