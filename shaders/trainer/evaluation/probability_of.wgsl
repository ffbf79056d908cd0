// p_T(x) of given objects, looked up in the exact distribution over all states. One invocation per object.

import constants::{HELD_OUT, STATES, STATE_WORDS};
import package::environment::{State, state_index};

@group(0) @binding(0) var<storage, read> targets: array<u32>;                // [HELD_OUT][STATE_WORDS]; own_targets: [replica][HELD_OUT][STATE_WORDS]
@group(0) @binding(1) var<storage, read> mass: array<f32>;                   // [replica][STATES]: see push_forward.wgsl
@group(0) @binding(2) var<storage, read_write> probabilities: array<f32>;    // [replica][HELD_OUT]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= HELD_OUT) {
    return;
  }
  var first = id.x;
  @if(own_targets) {
    first += id.y * HELD_OUT;
  }
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = targets[first * STATE_WORDS + word];
  }
  probabilities[id.y * HELD_OUT + id.x] = mass[id.y * STATES + state_index(state)];
}
