// total[i] = Σ_s slices[s, i], added in the order of s.
// slices [S, size], total [size].
import package::tensor::dispatch::flat_workgroup;

struct Sizes { slices: u32, size: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> slices: array<f32>;
@group(0) @binding(2) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(64)
fn sum_slices(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= sizes.size) { return; }
  var result = slices[index];
  for (var slice = 1u; slice < sizes.slices; slice++) { result += slices[slice * sizes.size + index]; }
  total[index] = result;
}
