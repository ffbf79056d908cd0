// The state graph of an enumerable environment, for the host: every state's facts, features and children.

import constants::{ACTIONS, FEATURES, STATES};
import package::environment::{apply, feature, initial_state, is_allowed, is_terminal, log_reward, parent_count, state_at, state_index};

// What `children` holds where an action is not allowed.
const NONE = 0xffffffffu;

@group(0) @binding(0) var<storage, read_write> facts: array<vec4f>;     // [STATES]: (initial, terminal, parents, log R)
@group(0) @binding(1) var<storage, read_write> features: array<f32>;    // [STATES][FEATURES]
@group(0) @binding(2) var<storage, read_write> children: array<u32>;    // [STATES][ACTIONS]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = group.x * 64u + lane;
  if (index >= STATES) {
    return;
  }
  let state = state_at(index);
  let terminal = is_terminal(state);
  let initial = state_index(initial_state()) == index;
  var reward = 0.0;
  if (terminal) {
    reward = log_reward(state);
  }
  facts[index] = vec4f(select(0.0, 1.0, initial), select(0.0, 1.0, terminal), f32(parent_count(state)), reward);
  for (var k = 0u; k < FEATURES; k++) {
    features[index * FEATURES + k] = feature(state, k);
  }
  for (var action = 0u; action < ACTIONS; action++) {
    var child = NONE;
    if (!terminal && is_allowed(state, action)) {
      child = state_index(apply(state, action));
    }
    children[index * ACTIONS + action] = child;
  }
}
