// Multiplies the recorded gradients of the outputs by their coefficients (output_weights.wgsl), before a layered backward pass. On
// the fused path backward_tile.wgsl does this.

import constants::{BATCH, LANES, LAYERS, OUT4, ROWS, SCORE_OFFSET};
import package::sampler::rows::rows;
import package::sampler::section::record_start;
import package::trainer::live_range::{live_range, live_rows};
import package::trainer::output_weights::weighted_score;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let width = OUT4[LAYERS - 1u];
  let range = live_range(replica);
  let total = (range.y - range.x) * width;
  for (var item = id.x; item < total; item += groups.x * LANES) {
    let slot = live_rows[replica * BATCH * ROWS + range.x + item / width];
    let column = item % width;
    let at = record_start(replica, slot) + SCORE_OFFSET + column;
    rows[at] = weighted_score(replica * BATCH * ROWS + slot, column, rows[at]);
  }
}
