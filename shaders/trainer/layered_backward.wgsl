// Backward pass of one layer, for networks too wide for mlp_backward.wgsl:
//   δ_{l−1} = (W_l δ_l) ⊙ lrelu′(h_{l−1}),
// read from the records of the real transitions of a section and written back to them.

import constants::{BATCH, BLOCK, COLUMNS, LANES, ROWS, WEIGHTS4};
import package::sampler::activation::leaky_slope;
import package::sampler::layered::layer::{across, layer};
import package::sampler::rows::rows;
import package::sampler::section::record_start;
import package::tensor::block_product::block_product;
import package::trainer::live_range::{live_range, live_rows};

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let range = live_range(replica);
  let live = range.y - range.x;
  let jobs = ((live + BLOCK - 1u) / BLOCK) * across();
  for (var job = id.x; job < jobs; job += groups.x * LANES) {
    let first = (job / across()) * BLOCK;
    let column = (job % across()) * COLUMNS;
    var starts = array<u32, BLOCK>();
    for (var i = 0u; i < BLOCK; i++) {
      // Beyond the end it reads the last row again, and does not store the result.
      let slot = live_rows[replica * BATCH * ROWS + min(range.x + first + i, range.y - 1u)];
      starts[i] = record_start(replica, slot);
    }
    let sums = block_product(starts, layer.in4, replica * WEIGHTS4 + layer.matrix, layer.out4, column, id.x);
    for (var c = 0u; c < COLUMNS; c++) {
      if (column + c < layer.out4) {
        for (var i = 0u; i < BLOCK; i++) {
          if (first + i < live) {
            let h = rows[starts[i] + layer.gate + column + c];
            rows[starts[i] + layer.output + column + c] = sums[c * BLOCK + i] * leaky_slope(h);
          }
        }
      }
    }
  }
}
