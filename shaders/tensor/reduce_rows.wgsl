// result[row] = reduction of element(row · n .. + n), one invocation per row: for many short rows.
// The reduction and the elements are modules chosen by the host; result [rows].
import package::tensor::dispatch::flat_workgroup;
import package::tensor::elements::element;
import package::tensor::reduction::{Result, absorb, finish, identity};

struct Sizes { rows: u32, n: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read_write> result: array<Result>;

@compute @workgroup_size(64)
fn reduce_rows(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (row >= sizes.rows) { return; }
  let start = row * sizes.n;
  let first = element(start);
  var state = identity();
  for (var i = 0u; i < sizes.n; i++) { state = absorb(state, element(start + i), first); }
  result[row] = finish(state, first);
}
