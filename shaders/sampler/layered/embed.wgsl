// Computes the first layer of an MLP at the states of all trajectories under way, like mlp.wgsl: the sum of the rows of W_1 of non-zero
// features. With `record` it also stores the features for the backward pass.

import constants::{IN4, INPUT_OFFSET, LANES, OUT4, WEIGHTS4};
import package::policy::{SPAN, SPANS, embed, feature_vector};
import package::sampler::layered::frontier::{count, current_record, member, state_of};
import package::sampler::rows::rows;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let width = OUT4[0];
  @if(record) let items = SPANS + IN4[0];
  @else let items = SPANS;
  let total = count(replica) * items;
  for (var item = id.x; item < total; item += groups.x * LANES) {
    let trajectory = member(replica, item / items);
    let start = current_record(replica, trajectory);
    let state = state_of(replica, trajectory);
    let part = item % items;
    if (part < SPANS) {
      let span = embed(state, replica * WEIGHTS4, part);
      for (var i = 0u; i < SPAN && part + i * SPANS < width; i++) {
        rows[start + INPUT_OFFSET[1] + part + i * SPANS] = span[i];
      }
    } else {
      rows[start + INPUT_OFFSET[0] + part - SPANS] = feature_vector(state, part - SPANS);
    }
  }
}
