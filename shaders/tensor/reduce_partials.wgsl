// result[row] = reduction of the states partials[row, 0 .. chunks], one workgroup per row: the second level of
// reduce_chunks.wgsl. partials [rows, chunks], result [rows].
import constants::LANES;
import package::tensor::dispatch::flat_workgroup;
import package::tensor::elements::element;
import package::tensor::reduction::{Result, State, across_lanes, combine, finish, identity};

struct Sizes { rows: u32, n: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(2) var<storage, read_write> result: array<Result>;
@group(0) @binding(3) var<storage, read> partials: array<State>;

@compute @workgroup_size(LANES)
fn reduce_partials(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_workgroup(workgroup, workgroups);
  let row = min(index, sizes.rows - 1u);
  var state = identity();
  for (var i = lane; i < sizes.chunks; i += LANES) { state = combine(state, partials[row * sizes.chunks + i]); }
  let total = across_lanes(state, lane);
  if (index < sizes.rows && lane == 0u) { result[row] = finish(total, element(row * sizes.n)); }
}
