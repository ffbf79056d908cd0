// The states that trajectories reach: one pass of breadth-first search, which applies every allowed action to the states that
// are `time` actions away from the initial one. `reached` is that number of actions plus 1, and 0 where no trajectory leads.
// Several states can lead to one child. All of them write the same number, so their order does not matter.

import constants::{ACTIONS, STATES};
import package::environment::{apply, initial_state, is_allowed, is_terminal, state_at, state_index};

@group(0) @binding(0) var<uniform> pass_time: vec4u;                            // (time, 0, …)
@group(0) @binding(1) var<storage, read_write> reached: array<atomic<u32>>;     // [STATES]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.z * groups.x + group.x) * 64u + lane;
  if (index >= STATES) {
    return;
  }
  let time = pass_time.x;
  if (time == 0u && index == state_index(initial_state())) {
    atomicStore(&reached[index], 1u);
  }
  if (atomicLoad(&reached[index]) != time + 1u) {
    return;
  }
  let state = state_at(index);
  if (is_terminal(state)) {
    return;
  }
  // The loop starts at a 0 that only the running kernel knows: drivers unroll loops between constants.
  for (var action = pass_time.y; action < ACTIONS; action++) {
    if (is_allowed(state, action)) {
      let child = state_index(apply(state, action));
      if (child < STATES) {
        atomicStore(&reached[child], time + 2u);
      }
    }
  }
}
