// Multiplies the recorded gradients of the outputs by their coefficients (output_weights.wgsl), before a layered backward pass. On
// the fused path backward_tile.wgsl does this.

import constants::{BATCH, LANES, LAYERS, OUT4, ROWS, ROW4, SCORE_OFFSET};
import package::sampler::rows::rows;
import package::trainer::live_range::{live_rows, outcomes};
import package::trainer::output_weights::weighted_score;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let width = OUT4[LAYERS - 1u];
  let total = outcomes[replica].live_rows * width;
  for (var item = id.x; item < total; item += groups.x * LANES) {
    let row = replica * BATCH * ROWS + live_rows[replica * BATCH * ROWS + item / width];
    let column = item % width;
    let at = row * ROW4 + SCORE_OFFSET + column;
    rows[at] = weighted_score(row, column, rows[at]);
  }
}
