// One level of the exact state distribution, by dynamic programming over the state graph:
//   mass(s) = Σ_{a: s = apply(s′, a)} mass(s′) · p_F(a | s′),   mass(s_0) = 1.
// At terminal states the mass is the terminating distribution p_T. Each state gathers from its parents, so sums have a
// fixed order. States that no trajectory reaches keep the mass 0.

import constants::{ACTIONS, STATES};
import package::environment::{is_undoable, level, state_at, state_index, undo};
import package::sampler::replica::Replica;

@group(0) @binding(0) var<uniform> current_level: vec4u;
@group(0) @binding(1) var<storage, read> replicas: array<Replica>;
@group(0) @binding(2) var<storage, read> table: array<f32>;        // [replica][STATES][ACTIONS]
@group(0) @binding(3) var<storage, read> reached: array<u32>;      // [STATES]: 0 where no trajectory leads
@group(0) @binding(4) var<storage, read_write> mass: array<f32>;   // [replica][STATES]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.z * groups.x + group.x) * 64u + lane;
  let replica = group.y;
  if (index >= STATES || reached[index] == 0u) {
    return;
  }
  let state = state_at(index);
  if (level(state) != current_level.x) {
    return;
  }
  var sum = select(0.0, 1.0, current_level.x == 0u);
  if (current_level.x > 0u) {
    for (var action = 0u; action < ACTIONS + replicas[replica].zero; action++) {
      if (is_undoable(state, action)) {
        let parent = replica * STATES + state_index(undo(state, action));
        sum += mass[parent] * table[parent * ACTIONS + action];
      }
    }
  }
  mass[replica * STATES + index] = sum;
}
