// Memory bandwidth: every vec4 is read once and written once.

import constants::LANES;

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> destination: array<vec4f>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = (id.y * groups.x * LANES) + id.x;
  if (index < arrayLength(&source)) {
    destination[index] = source[index];
  }
}
