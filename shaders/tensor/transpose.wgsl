// y[r, j, i] = x[r, i, j].
// x [R, m, n], y [R, n, m].
import package::tensor::dispatch::flat_workgroup;

struct Sizes { replicas: u32, m: u32, n: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn transpose(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= sizes.replicas * sizes.m * sizes.n) { return; }
  let i = index % sizes.m;
  let j = index / sizes.m % sizes.n;
  let replica = index / (sizes.m * sizes.n);
  y[index] = x[(replica * sizes.m + i) * sizes.n + j];
}
