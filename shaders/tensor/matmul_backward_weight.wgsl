// db[s, r, k, j] = Σ_i a[r, i, k] · dz[r, i, j] and dbias[s, r, j] = Σ_i dz[r, i, j] over the rows i of slice s, with
// dz = dc where c > 0, else slope · dc (dz = dc unless `activated`).
// a [R, m, k], dc, c [R, m, n], db [S, R, k, n], dbias [S, R, n], row-major. Weights are small and rows many: slices of
// the rows give enough invocations, and sum_slices.wgsl adds the S results in a fixed order.
//
// An invocation computes 8 rows × 4 columns of db in registers. If `aligned`, k and n are multiples of 4.
import package::tensor::dispatch::flat_workgroup;

struct Sizes { replicas: u32, m: u32, k: u32, n: u32, slope: f32, slices: u32, slice_rows: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@if(aligned) @group(0) @binding(1) var<storage, read> a: array<vec4f>;
@if(!aligned) @group(0) @binding(1) var<storage, read> a: array<f32>;
@if(aligned) @group(0) @binding(2) var<storage, read> dc: array<vec4f>;
@if(!aligned) @group(0) @binding(2) var<storage, read> dc: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;
@group(0) @binding(4) var<storage, read_write> dbias: array<f32>;
@if(activated && aligned) @group(0) @binding(5) var<storage, read> c: array<vec4f>;
@if(activated && !aligned) @group(0) @binding(5) var<storage, read> c: array<f32>;

// Four elements of the row of a that starts at element `start`.
@if(aligned) fn load_a(start: u32, columns: vec4u) -> vec4f { return a[(start + columns.x) / 4u]; }
@if(!aligned) fn load_a(start: u32, columns: vec4u) -> vec4f {
  let at = start + columns;
  return vec4f(a[at.x], a[at.y], a[at.z], a[at.w]);
}

// Four elements of the row of dz that starts at element `start`.
@if(aligned) fn load_dz(start: u32, columns: vec4u) -> vec4f {
  let at = (start + columns.x) / 4u;
  var dz = dc[at];
  @if(activated) { dz = select(sizes.slope * dz, dz, c[at] > vec4f(0.0)); }
  return dz;
}
@if(!aligned) fn load_dz(start: u32, columns: vec4u) -> vec4f {
  let at = start + columns;
  var dz = vec4f(dc[at.x], dc[at.y], dc[at.z], dc[at.w]);
  @if(activated) { dz = select(sizes.slope * dz, dz, vec4f(c[at.x], c[at.y], c[at.z], c[at.w]) > vec4f(0.0)); }
  return dz;
}

@compute @workgroup_size(64)
fn matmul_backward_weight(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let across = (sizes.n + 3u) / 4u;
  let down = (sizes.k + 7u) / 8u;
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  let layer = index / (across * down); // slice and replica
  if (layer >= sizes.slices * sizes.replicas) { return; }
  let replica = layer % sizes.replicas;
  let row = (index / across) % down * 8u;
  let column = index % across * 4u;
  // Beyond an edge the last row or column is computed once more, and not stored.
  let rows = min(row + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.k - 1u));
  let more_rows = min(row + vec4u(4u, 5u, 6u, 7u), vec4u(sizes.k - 1u));
  let columns = min(column + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u));

  let first = layer / sizes.replicas * sizes.slice_rows;
  let end = min(first + sizes.slice_rows, sizes.m);
  var sums: array<vec4f, 8>;
  var bias = vec4f(0.0);
  for (var i = first; i < end; i++) {
    let dz = load_dz((replica * sizes.m + i) * sizes.n, columns);
    let start = (replica * sizes.m + i) * sizes.k;
    let h = load_a(start, rows);
    let g = load_a(start, more_rows);
    sums[0] += h.x * dz;
    sums[1] += h.y * dz;
    sums[2] += h.z * dz;
    sums[3] += h.w * dz;
    sums[4] += g.x * dz;
    sums[5] += g.y * dz;
    sums[6] += g.z * dz;
    sums[7] += g.w * dz;
    bias += dz;
  }

  let left = min(sizes.n - column, 4u);
  for (var i = 0u; i < 8u; i++) {
    if (row + i < sizes.k) {
      let start = (layer * sizes.k + row + i) * sizes.n + column;
      for (var j = 0u; j < left; j++) { db[start + j] = sums[i][j]; }
    }
  }
  if (row == 0u) {
    for (var j = 0u; j < left; j++) { dbias[layer * sizes.n + column + j] = bias[j]; }
  }
}
