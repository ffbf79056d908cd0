// partials[row, c] = state of element(row · n + 4096 c .. + 4096), one workgroup per chunk; if `whole`, a row is one chunk
// and result[row] is its reduction. The reduction and the elements are modules chosen by the host.
// partials [rows, chunks], result [rows].
import constants::LANES;
import package::tensor::dispatch::flat_workgroup;
import package::tensor::elements::element;
import package::tensor::reduction::{Result, State, absorb, across_lanes, finish, identity};

struct Sizes { rows: u32, n: u32, chunks: u32 }

const CHUNK = 4096u;

@group(0) @binding(0) var<uniform> sizes: Sizes;
@if(whole) @group(0) @binding(2) var<storage, read_write> result: array<Result>;
@if(!whole) @group(0) @binding(3) var<storage, read_write> partials: array<State>;

@compute @workgroup_size(LANES)
fn reduce_chunks(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat_workgroup(workgroup, workgroups);
  let inside = index < sizes.rows * sizes.chunks;
  let row = select(0u, index / sizes.chunks, inside);
  let start = row * sizes.n;
  let first = element(start);
  let end = min((index % sizes.chunks + 1u) * CHUNK, sizes.n);
  var state = identity();
  for (var i = index % sizes.chunks * CHUNK + lane; i < end; i += LANES) { state = absorb(state, element(start + i), first); }
  let total = across_lanes(state, lane);
  if (inside && lane == 0u) {
    @if(whole) { result[row] = finish(total, first); }
    @if(!whole) { partials[index] = total; }
  }
}
