// y[row, i] = x[row, i] − log Σ_{allowed j} exp(x[row, j]) where mask[row, i] ≠ 0, else −1e30; one invocation per row.
// x, y [rows, n] f32, mask [rows, n] u32 (0 forbids).
import package::tensor::dispatch::flat_workgroup;
import package::tensor::finite::max_or_nan;
import package::tensor::masked::MASKED;
import package::tensor::reduction::{exp_nonpositive, log_of_sum};

struct Sizes { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn masked_log_softmax_rows(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (row >= sizes.rows) { return; }
  let start = row * sizes.n;
  let end = start + sizes.n;
  var largest = -3.4028234e38;
  for (var i = start; i < end; i++) { largest = select(largest, max_or_nan(largest, x[i]), mask[i] != 0u); }
  var sum = 0.0;
  for (var i = start; i < end; i++) { sum += select(0.0, exp_nonpositive(x[i] - largest), mask[i] != 0u); }
  // At least 1 where anything is allowed; the bound keeps the logarithm finite where nothing is.
  let log_sum = log_of_sum(sum);
  for (var i = start; i < end; i++) { y[i] = select(MASKED, (x[i] - largest) - log_sum, mask[i] != 0u); }
}
