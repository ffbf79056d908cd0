// Points of n = HORIZON dimensions (method §4): coordinate 1, then coordinate 2, and so on, each any real number.
// State: the bits of the coordinates (0 until chosen), then the number of chosen coordinates.
// The host puts a density's module in front of this text. That module defines
//   log_reward(state),
//   exploration_range(state): the interval from which exploration draws the next coordinate uniformly,
//   feature_scale(k): the factor of coordinate k (from 0) as a feature.
// A density with fixed ranges takes the last two from fixed_ranges.wgsl.

import constants::{FEATURES, HORIZON, STATE_WORDS};

const COUNT = u32(HORIZON);

alias State = array<u32, STATE_WORDS>;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[COUNT] == COUNT;
}

fn is_allowed(state: State, action: u32) -> bool {
  return true;
}

fn apply(state: State, action: u32) -> State {
  var next = state;
  next[state[COUNT]] = action;
  next[COUNT] += 1u;
  return next;
}

fn is_undoable(state: State, action: u32) -> bool {
  return state[COUNT] > 0u && action == state[state[COUNT] - 1u];
}

fn undo(state: State, action: u32) -> State {
  var previous = state;
  previous[COUNT] -= 1u;
  previous[previous[COUNT]] = 0u;
  return previous;
}

// A point has one trajectory, so every state except the initial one has one parent, and p_B = 1.
fn parent_count(state: State) -> u32 {
  return min(state[COUNT], 1u);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT];
}

// Features: all coordinates but the last, scaled (0 before they are chosen), then the number of chosen coordinates as one-hot of
// {0, …, n − 1}.
fn feature(state: State, k: u32) -> f32 {
  if (k + 1u < COUNT) {
    return coordinate(state, k) * feature_scale(k);
  }
  return select(0.0, 1.0, state[COUNT] + COUNT - 1u == k);
}

// Lists the chosen coordinates, because real values are rarely zero, and the one of the one-hot part.
fn next_feature(state: State, start: u32) -> u32 {
  if (start < min(state[COUNT], COUNT - 1u)) {
    return start;
  }
  let one = state[COUNT] + COUNT - 1u;
  return select(u32(FEATURES), one, start <= one);
}

fn coordinate(state: State, k: u32) -> f32 {
  return bitcast<f32>(state[k]);
}
