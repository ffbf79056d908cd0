// dz[i] = dc[i] · act′: the gradient before an activation, from the one behind it and the activation's output c.
// dc, c, dz [size] (padded to whole vec4f, as buffers are).
import package::tensor::activation::derivative;
import package::tensor::dispatch::flat_workgroup;

struct Sizes { size4: u32, slope: f32 } // size in vec4f's

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> dc: array<vec4f>;
@group(0) @binding(2) var<storage, read> c: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dz: array<vec4f>;

@compute @workgroup_size(64)
fn activation_gradient(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = flat_workgroup(workgroup, workgroups) * 64u + local;
  if (index >= sizes.size4) { return; }
  dz[index] = dc[index] * derivative(c[index], sizes.slope);
}
