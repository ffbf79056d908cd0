// c[r, i, j] = act(Σ_k a[r, i, k] · b[r, k, j] + bias[r, j]), with act(z) = z where z > 0, else slope · z.
// a [R, m, k], b [R, k, n], bias [R, n] (if `biased`), c [R, m, n], row-major.
//
// An invocation computes 8 rows × 4 columns in registers: each vec4f of b that it loads serves 8 rows. If `aligned`,
// k and n are multiples of 4, every load is a vec4f, and k advances by 4. The loop over k has no constant bound, so that
// no compiler unrolls it.
import package::tensor::dispatch::flat_workgroup;

struct Sizes { replicas: u32, m: u32, k: u32, n: u32, slope: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@if(aligned) @group(0) @binding(1) var<storage, read> a: array<vec4f>;
@if(!aligned) @group(0) @binding(1) var<storage, read> a: array<f32>;
@if(aligned) @group(0) @binding(2) var<storage, read> b: array<vec4f>;
@if(!aligned) @group(0) @binding(2) var<storage, read> b: array<f32>;
@if(aligned) @group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@if(!aligned) @group(0) @binding(3) var<storage, read_write> c: array<f32>;
@if(biased) @group(0) @binding(4) var<storage, read> bias: array<f32>;

@compute @workgroup_size(64)
fn matmul(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let across = (sizes.n + 3u) / 4u;
  let down = (sizes.m + 7u) / 8u;
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  let replica = index / (across * down);
  if (replica >= sizes.replicas) { return; }
  let row = (index / across) % down * 8u;
  let column = index % across * 4u;
  // Beyond an edge the last row or column is computed once more, and not stored.
  let columns = min(column + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u));
  let last_row = replica * sizes.m + sizes.m - 1u;
  let first_row = replica * sizes.m + row;
  let k = sizes.k;

  var sums: array<vec4f, 8>;
  @if(aligned) {
    let k4 = k / 4u;
    for (var t = 0u; t < k4; t++) {
      let at = (replica * k + 4u * t) * across + column / 4u;
      let w = mat4x4f(b[at], b[at + across], b[at + 2u * across], b[at + 3u * across]);
      for (var i = 0u; i < 8u; i++) { sums[i] += w * a[min(first_row + i, last_row) * k4 + t]; }
    }
  }
  @if(!aligned) {
    for (var t = 0u; t < k; t++) {
      let at = (replica * k + t) * sizes.n + columns;
      let w = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
      for (var i = 0u; i < 8u; i++) { sums[i] += w * a[min(first_row + i, last_row) * k + t]; }
    }
  }

  var shift = vec4f(0.0);
  @if(biased) {
    let at = replica * sizes.n + columns;
    shift = vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
  }
  let left = min(sizes.n - column, 4u);
  for (var i = 0u; i < 8u; i++) {
    if (row + i < sizes.m) {
      let z = sums[i] + shift;
      let y = select(sizes.slope * z, z, z > vec4f(0.0));
      let start = (first_row + i) * sizes.n + column;
      @if(aligned) { c[start / 4u] = y; }
      @if(!aligned) { for (var j = 0u; j < left; j++) { c[start + j] = y[j]; } }
    }
  }
}
