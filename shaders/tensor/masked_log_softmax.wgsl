// y[row, i] = x[row, i] − log Σ_{allowed j} exp(x[row, j]) where mask[row, i] ≠ 0, else −1e30; one workgroup per row.
// x, y [rows, n] f32, mask [rows, n] u32 (0 forbids).
import constants::LANES;
import package::tensor::dispatch::flat_workgroup;
import package::tensor::masked::MASKED;
import package::tensor::reduction::{absorb, across_lanes, identity, log_of_sum};

struct Sizes { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn masked_log_softmax(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_workgroup(workgroup, workgroups);
  let start = min(index, sizes.rows - 1u) * sizes.n;
  var state = identity();
  for (var i = lane; i < sizes.n; i += LANES) {
    if (mask[start + i] != 0u) { state = absorb(state, x[start + i], 0.0); }
  }
  let total = across_lanes(state, lane);
  let log_sum = log_of_sum(total.sum);
  let end = select(0u, sizes.n, index < sizes.rows);
  for (var i = lane; i < end; i += LANES) {
    y[start + i] = select(MASKED, (x[start + i] - total.max) - log_sum, mask[start + i] != 0u);
  }
}
