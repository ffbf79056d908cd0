// Points of the plane (method §4): coordinate 1, then coordinate 2, each any real number.
// State: the bits of both coordinates (0 until chosen), then the number of chosen coordinates.
// The host puts a density's module in front of this text. That module defines `log_reward(state)`, and reads its own numbers from
// `environment_data` at DENSITY and after.

// environment_data: [range of coordinate 1 (2), range of coordinate 2 (2)], then the density's
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

const DENSITY = 4u;
const COUNT = 2u;

alias State = array<u32, 3>;

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

// A point has one trajectory, so every state except the initial one has one parent, and p_B = 1.
fn parent_count(state: State) -> u32 {
  return min(state[COUNT], 1u);
}

// The depth: number of actions from the initial state.
fn level(state: State) -> u32 {
  return state[COUNT];
}

// Features: coordinate 1 (0 before it is chosen), then the number of chosen coordinates as one-hot of {0, 1}.
fn feature(state: State, k: u32) -> f32 {
  return select(select(0.0, 1.0, state[COUNT] + 1u == k), bitcast<f32>(state[0]), k == 0u);
}

// Lists all three features, because real values are rarely zero.
fn next_feature(state: State, start: u32) -> u32 {
  return min(start, 3u);
}

// The interval from which exploration draws the next coordinate uniformly.
fn exploration_range(state: State) -> vec2f {
  let start = 2u * min(state[COUNT], 1u);
  return vec2f(environment_data[start], environment_data[start + 1u]);
}

fn coordinates(state: State) -> vec2f {
  return vec2f(bitcast<f32>(state[0]), bitcast<f32>(state[1]));
}
