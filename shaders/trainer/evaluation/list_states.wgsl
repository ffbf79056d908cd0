// Every state of an enumerable environment, for the host: its words, whether it is an object, and log R(x) if so.

import constants::{STATES, STATE_WORDS};
import package::environment::{is_terminal, log_reward, state_at};

@group(0) @binding(0) var<storage, read_write> words: array<u32>;    // [STATES][STATE_WORDS]
@group(0) @binding(1) var<storage, read_write> values: array<vec2f>; // [STATES]: (1 where terminal, log R)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.z * groups.x + group.x) * 64u + lane;
  if (index >= STATES) {
    return;
  }
  let state = state_at(index);
  for (var word = 0u; word < STATE_WORDS; word++) {
    words[index * STATE_WORDS + word] = state[word];
  }
  var value = vec2f();
  if (is_terminal(state)) {
    value = vec2f(1.0, log_reward(state));
  }
  values[index] = value;
}
