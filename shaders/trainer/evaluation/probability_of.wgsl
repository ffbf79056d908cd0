// p_T(x) of given objects, looked up in the exact distribution over all states. One invocation per object.

import constants::{OBJECTS, STATES, STATE_WORDS};
import package::environment::{State, state_index};

@group(0) @binding(0) var<storage, read> targets: array<u32>;                // [OBJECTS][STATE_WORDS], the same for every replica
@group(0) @binding(1) var<storage, read> mass: array<f32>;                   // [replica][STATES]: see push_forward.wgsl
@group(0) @binding(2) var<storage, read_write> probabilities: array<f32>;    // [replica][OBJECTS]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= OBJECTS) {
    return;
  }
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = targets[id.x * STATE_WORDS + word];
  }
  probabilities[id.y * OBJECTS + id.x] = mass[id.y * STATES + state_index(state)];
}
