// Every state that an environment numbers, with its children: the state graph, for `checkEnvironment`.

import constants::{ACTIONS, FEATURES, STATE_WORDS, STATES};
import package::environment::{apply, feature, initial_state, is_allowed, is_terminal, level, log_reward, parent_count, state_at, state_index};

struct Facts {
  index: u32,          // state_index(state_at(i)), which must be i
  initial: u32,        // state_index of the initial state, the same in every row
  level: u32,
  terminal: u32,
  parent_count: u32,
  log_reward: f32,     // of terminal states, else 0
}

// What `children` holds where an action is not allowed.
const NONE = 0xffffffffu;

@group(0) @binding(0) var<storage, read_write> facts: array<Facts>;     // [STATES]
@group(0) @binding(1) var<storage, read_write> words: array<u32>;       // [STATES][STATE_WORDS]
@group(0) @binding(2) var<storage, read_write> children: array<u32>;    // [STATES][ACTIONS]: state_index(apply(s, a))
@group(0) @binding(3) var<storage, read_write> features: array<f32>;    // [STATES][FEATURES]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.z * groups.x + group.x) * 64u + lane;
  if (index >= STATES) {
    return;
  }
  let state = state_at(index);
  let terminal = is_terminal(state);
  for (var word = 0u; word < STATE_WORDS; word++) {
    words[index * STATE_WORDS + word] = state[word];
  }
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
  var reward = 0.0;
  if (terminal) {
    reward = log_reward(state);
  }
  facts[index] = Facts(state_index(state), state_index(initial_state()), level(state), u32(terminal), parent_count(state), reward);
}
