// Random trajectories with everything that the environment's module says about their states, for `checkEnvironment`.
// One workgroup per walk. Its lanes share the actions and the features of a state; lane 0 chooses the next action.

import constants::{ACTIONS, FEATURES, HORIZON, LANES, STATE_WORDS, STATES};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};
@if(enumerable) import package::environment::{state_at, state_index};

struct Visit {
  reached: u32,       // 1 where the walk came this far
  terminal: u32,
  initial: u32,       // whether the state is the initial state
  level: u32,
  parent_count: u32,
  log_reward: f32,    // of terminal states, else 0
  index: u32,         // state_index
  numbered: u32,      // whether state_at(state_index(s)) is s
  chosen: u32,        // the action that the walk takes
}

// Bits of `moves[…].x`: the two masks, then what an action breaks.
const ALLOWED = 1u;
const UNDOABLE = 2u;
const NOT_UNDOABLE_AFTER = 4u;      // is_undoable(apply(s, a), a) is false
const UNDO_DIFFERS = 8u;            // undo(apply(s, a), a) is not s
const LEVEL_AFTER = 16u;            // level(apply(s, a)) is not level(s) + 1
const TERMINAL_BEFORE = 32u;        // is_terminal(undo(s, a))
const NOT_ALLOWED_BEFORE = 64u;     // is_allowed(undo(s, a), a) is false
const APPLY_DIFFERS = 128u;         // apply(undo(s, a), a) is not s
const LEVEL_BEFORE = 256u;          // level(undo(s, a)) is not level(s) − 1

@group(0) @binding(0) var<storage, read> fractions: array<f32>;        // [walk][HORIZON + 1]: 0 takes the lowest action, 1 the highest
@group(0) @binding(1) var<storage, read_write> visits: array<Visit>;   // [walk][HORIZON + 1]
@group(0) @binding(2) var<storage, read_write> moves: array<vec2u>;    // [walk][HORIZON + 1][ACTIONS]: bits, index of the parent
@group(0) @binding(3) var<storage, read_write> features: array<f32>;   // [walk][HORIZON + 1][FEATURES]
@group(0) @binding(4) var<storage, read_write> following: array<u32>;  // [walk][HORIZON + 1][FEATURES + 1]: next_feature(state, start)
@group(0) @binding(5) var<storage, read_write> states: array<u32>;     // [walk][HORIZON + 1][STATE_WORDS]

var<workgroup> next_action: u32;   // the action that the walk takes, or ACTIONS where it ends

fn same(a: State, b: State) -> bool {
  var equal = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal = equal && a[word] == b[word];
  }
  return equal;
}

fn index_of(state: State) -> u32 {
  @if(enumerable) { return state_index(state); }
  @else { return 0u; }
}

fn is_numbered(state: State) -> bool {
  @if(enumerable) {
    let index = state_index(state);
    return index < STATES && same(state, state_at(index));
  }
  @else { return true; }
}

fn move_of(state: State, action: u32) -> vec2u {
  var bits = 0u;
  var parent = 0u;
  if (!is_terminal(state) && is_allowed(state, action)) {
    let next = apply(state, action);
    bits |= ALLOWED;
    bits |= select(NOT_UNDOABLE_AFTER, 0u, is_undoable(next, action));
    bits |= select(UNDO_DIFFERS, 0u, same(undo(next, action), state));
    bits |= select(LEVEL_AFTER, 0u, level(next) == level(state) + 1u);
  }
  if (is_undoable(state, action)) {
    let previous = undo(state, action);
    bits |= UNDOABLE;
    bits |= select(0u, TERMINAL_BEFORE, is_terminal(previous));
    bits |= select(NOT_ALLOWED_BEFORE, 0u, is_allowed(previous, action));
    bits |= select(APPLY_DIFFERS, 0u, same(apply(previous, action), state));
    bits |= select(LEVEL_BEFORE, 0u, level(previous) + 1u == level(state));
    parent = index_of(previous);
  }
  return vec2u(bits, parent);
}

// The action at this fraction of the allowed ones, or ACTIONS where none is allowed. Actions that stop come last, so every
// second walk leaves out the last allowed one and goes on for as long as it can.
fn choose(visit: u32, goes_on: bool) -> u32 {
  // A 0 that only the running kernel knows: drivers unroll loops between constants.
  let zero = u32(fractions[visit] < 0.0);
  var allowed = 0u;
  for (var action = zero; action < ACTIONS; action++) {
    allowed += moves[visit * ACTIONS + action].x & ALLOWED;
  }
  if (allowed == 0u) {
    return ACTIONS;
  }
  let choices = select(allowed, allowed - 1u, goes_on && allowed > 1u);
  var left = min(u32(fractions[visit] * f32(choices)), choices - 1u);
  for (var action = zero; action < ACTIONS; action++) {
    if ((moves[visit * ACTIONS + action].x & ALLOWED) != 0u) {
      if (left == 0u) {
        return action;
      }
      left -= 1u;
    }
  }
  return ACTIONS;
}

fn visit_of(state: State, chosen: u32) -> Visit {
  let terminal = is_terminal(state);
  var reward = 0.0;
  if (terminal) {
    reward = log_reward(state);
  }
  return Visit(
    1u, u32(terminal), u32(same(state, initial_state())), level(state), parent_count(state), reward, index_of(state),
    u32(is_numbered(state)), chosen);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var state = initial_state();
  for (var time = 0u; time <= HORIZON; time++) {
    let visit = group.x * (HORIZON + 1u) + time;
    for (var action = lane; action < ACTIONS; action += LANES) {
      moves[visit * ACTIONS + action] = move_of(state, action);
    }
    for (var k = lane; k < FEATURES; k += LANES) {
      features[visit * FEATURES + k] = feature(state, k);
    }
    for (var start = lane; start <= FEATURES; start += LANES) {
      following[visit * (FEATURES + 1u) + start] = next_feature(state, start);
    }
    storageBarrier();
    if (lane == 0u) {
      for (var word = 0u; word < STATE_WORDS; word++) {
        states[visit * STATE_WORDS + word] = state[word];
      }
      next_action = choose(visit, group.x % 2u == 1u);
      visits[visit] = visit_of(state, next_action);
    }
    let chosen = workgroupUniformLoad(&next_action);
    if (chosen == ACTIONS) {
      break;
    }
    state = apply(state, chosen);
  }
}
