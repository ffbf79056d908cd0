// total[r, j] = Σ_i x[r, i, j], added in the order of i.
// x [R, m, n], total [R, n].
import package::tensor::dispatch::flat_workgroup;

struct Sizes { replicas: u32, m: u32, n: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(64)
fn sum_rows(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= sizes.replicas * sizes.n) { return; }
  let first = index / sizes.n * sizes.m * sizes.n + index % sizes.n;
  var result = 0.0;
  for (var i = 0u; i < sizes.m; i++) { result += x[first + i * sizes.n]; }
  total[index] = result;
}
