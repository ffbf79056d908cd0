// Banana-shaped density in the plane (method §4): coordinate 1, then coordinate 2, each any real number.
//   R(x) = N([x_1, x_2 + x_1² + 1]; 0, [[1, c], [c, 1]]),  c = .9: a change of variables of determinant 1, so log Z = 0
// State: the bits of both coordinates (0 until chosen), then how many are chosen.

import constants::{STATE_WORDS, FEATURES};

// environment_data: [c, 1/(2(1 − c²)), log(2π √(1 − c²)), range of coordinate 1 (2), range of coordinate 2 (2)]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

alias State = array<u32, STATE_WORDS>;

const COUNT = 2u;

fn initial_state() -> State {
  return State();
}

fn is_terminal(state: State) -> bool {
  return state[COUNT] == 2u;
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

// One, but for the initial state: a point has one trajectory, so p_B = 1.
fn parent_count(state: State) -> u32 {
  return min(state[COUNT], 1u);
}

// Number of actions that lead here from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT];
}

// Features: coordinate 1 (0 before it is chosen), then the number of chosen coordinates as one-hot of {0, 1}.
fn feature(state: State, k: u32) -> f32 {
  return select(select(0.0, 1.0, state[COUNT] + 1u == k), bitcast<f32>(state[0]), k == 0u);
}

// Real values are rarely zero: all features are listed.
fn next_feature(state: State, start: u32) -> u32 {
  return min(start, FEATURES);
}

// Where exploration draws the next coordinate uniformly.
fn exploration_range(state: State) -> vec2f {
  let start = 3u + 2u * min(state[COUNT], 1u);
  return vec2f(environment_data[start], environment_data[start + 1u]);
}

// As p(u_1) p(u_2 | u_1): the quadratic form itself cancels where both are large.
fn log_reward(state: State) -> f32 {
  let u1 = bitcast<f32>(state[0]);
  let u2 = bitcast<f32>(state[1]) + u1 * u1 + 1.0;
  let rest = u2 - environment_data[0] * u1;
  return -0.5 * u1 * u1 - rest * rest * environment_data[1] - environment_data[2];
}
