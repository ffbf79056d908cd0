// Adds up the parts of the gradient channels in a fixed order, and the scalar products over all parameters:
//   two channels: (⟨S, U⟩, ‖S‖²), for the control variate; one channel: (0, ‖U‖²).

import constants::{CHANNELS, LANES, PARAMETERS4, PARTS};

@group(0) @binding(0) var<storage, read> partials: array<vec4f>;         // [replica][part][channel][PARAMETERS4]
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>;  // [replica][channel][PARAMETERS4]
@group(0) @binding(2) var<storage, read_write> products: array<vec2f>;   // [replica][workgroup]

var<workgroup> sums: array<vec2f, LANES>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let replica = group.y;
  let index = group.x * LANES + lane;
  var product = vec2f();
  if (index < PARAMETERS4) {
    var total = array<vec4f, CHANNELS>();
    for (var part = 0u; part < PARTS; part++) {
      for (var channel = 0u; channel < CHANNELS; channel++) {
        total[channel] += partials[((replica * PARTS + part) * CHANNELS + channel) * PARAMETERS4 + index];
      }
    }
    for (var channel = 0u; channel < CHANNELS; channel++) {
      gradients[(replica * CHANNELS + channel) * PARAMETERS4 + index] = total[channel];
    }
    let last = total[CHANNELS - 1u];
    product = vec2f(select(0.0, dot(total[0], last), CHANNELS == 2u), dot(last, last));
  }
  sums[lane] = product;
  workgroupBarrier();
  for (var stride = LANES / 2u; stride > 0u; stride >>= 1u) {
    if (lane < stride) {
      sums[lane] += sums[lane + stride];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    products[replica * groups.x + group.x] = sums[0];
  }
}
