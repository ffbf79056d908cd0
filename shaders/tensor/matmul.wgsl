// c[r, i, j] = act(Σ_k a[r, i, k] · b[r, k, j] + bias[r, j]), with act(z) = z where z > 0, else slope · z.
// a [R, m, k], b [R, k, n] (matmul_factors.wgsl), bias [R, n] (if `biased`), c [R, m, n], row-major.
//
// An invocation computes BLOCK rows × 4 columns by block_product.wgsl. If `aligned`, k and n are multiples of 4.
import constants::BLOCK;
import package::tensor::activation::activate;
import package::tensor::block_product::block_product;
import package::tensor::dispatch::flat_workgroup;
import package::tensor::factors::sizes;

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
  let down = (sizes.m + BLOCK - 1u) / BLOCK;
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  let replica = index / (across * down);
  if (replica >= sizes.replicas) { return; }
  let row = (index / across) % down * BLOCK;
  let column = index % across;
  @if(aligned) let unit = 4u;
  @if(!aligned) let unit = 1u;
  var starts: array<u32, BLOCK>;
  for (var i = 0u; i < BLOCK; i++) {
    // Beyond the end it reads the last row again, and does not store the result.
    starts[i] = (replica * sizes.m + min(row + i, sizes.m - 1u)) * (sizes.k / unit);
  }
  let sums = block_product(starts, (sizes.k + 3u) / 4u, replica * sizes.k * (sizes.n / unit), across, column, local);

  var shift = vec4f();
  @if(biased) {
    let at = replica * sizes.n + min(4u * column + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u));
    shift = vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
  }
  for (var i = 0u; i < BLOCK; i++) {
    if (row + i < sizes.m) {
      let y = activate(sums[i] + shift, sizes.slope);
      let start = (replica * sizes.m + row + i) * sizes.n + 4u * column;
      @if(aligned) { c[start / 4u] = y; }
      @if(!aligned) { for (var j = 0u; j < min(sizes.n - 4u * column, 4u); j++) { c[start + j] = y[j]; } }
    }
  }
}
