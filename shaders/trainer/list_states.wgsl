// Lists every state that an environment numbers: its words, whether it is terminal, and log R(x) if it is. With `graph` the list
// is the whole state graph: it also has the child of every action, the level, the number of parents and the features.
// One invocation per state. Exact evaluation, exact gradients and `checkEnvironment` read this list on the host.

import constants::{STATES, STATE_WORDS};
@if(graph) import constants::{ACTIONS, FEATURES};
import package::environment::{is_terminal, log_reward, state_at};
@if(graph) import package::environment::{apply, feature, initial_state, is_allowed, level, parent_count, state_index};

struct Value {
  terminal: u32,      // 1 or 0
  log_reward: f32,    // of terminal states, else 0
}

@if(graph)
struct Node {
  index: u32,         // state_index(state_at(i)), which must be i
  initial: u32,       // state_index of the initial state, the same in every row
  level: u32,
  parent_count: u32,
}

// In `children`: the action is not allowed.
const NONE = 0xffffffffu;

@group(0) @binding(0) var<storage, read_write> values: array<Value>;                 // [STATES]
@group(0) @binding(1) var<storage, read_write> words: array<u32>;                    // [STATES][STATE_WORDS]
@if(graph) @group(0) @binding(2) var<storage, read_write> nodes: array<Node>;        // [STATES]
@if(graph) @group(0) @binding(3) var<storage, read_write> children: array<u32>;      // [STATES][ACTIONS]: state_index(apply(s, a))
@if(graph) @group(0) @binding(4) var<storage, read_write> features: array<f32>;      // [STATES][FEATURES]

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
  var reward = 0.0;
  if (terminal) {
    reward = log_reward(state);
  }
  values[index] = Value(u32(terminal), reward);
  @if(graph) {
    nodes[index] = Node(state_index(state), state_index(initial_state()), level(state), parent_count(state));
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
}
