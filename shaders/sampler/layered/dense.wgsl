// A layer of an MLP after the first, for all trajectories under way: out = act(W · in + b). It reads and writes their records.

import constants::{BLOCK, COLUMNS, LANES, WEIGHTS4};
import package::sampler::activation::leaky_relu;
import package::sampler::layered::frontier::{count, current_record, member};
import package::sampler::layered::layer::{across, layer};
import package::sampler::rows::rows;
import package::sampler::weights::weights;
import package::tensor::block_product::block_product;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let base = replica * WEIGHTS4;
  let live = count(replica);
  let jobs = ((live + BLOCK - 1u) / BLOCK) * across();
  for (var job = id.x; job < jobs; job += groups.x * LANES) {
    let first = (job / across()) * BLOCK;
    let column = (job % across()) * COLUMNS;
    var starts = array<u32, BLOCK>();
    for (var i = 0u; i < BLOCK; i++) {
      // Beyond the end it reads the last row again, and does not store the result.
      starts[i] = current_record(replica, member(replica, min(first + i, live - 1u)));
    }
    let sums = block_product(starts, layer.in4, base + layer.matrix, layer.out4, column, id.x);
    for (var c = 0u; c < COLUMNS; c++) {
      if (column + c < layer.out4) {
        let bias = weights[base + layer.bias + column + c];
        for (var i = 0u; i < BLOCK; i++) {
          if (first + i < live) {
            let sum = sums[c * BLOCK + i] + bias;
            rows[starts[i] + layer.output + column + c] = select(leaky_relu(sum), sum, layer.linear == 1u);
          }
        }
      }
    }
  }
}
