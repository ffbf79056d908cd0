// Adds up the parts of the gradient channels in a fixed order, and the scalar products over all parameters, for the control
// variate and the gradient's norm:
//   two channels: (⟨S, U⟩, ‖S‖², ‖U‖²); one channel: (0, 0, ‖U‖²).
// One invocation of each replica also looks whether the batch had a number that is not finite.

import constants::{BATCH, CHANNELS, LANES, PARAMETERS4, PARTS, PRODUCTS};
import package::objectives::records::{LogZ, Metrics, Outcome};
import package::sampler::records::Trajectory;
import package::tensor::lanes::sum_lanes;
import package::trainer::fault::{Fault, LOSS, is_sound, quantity_of};

@group(0) @binding(0) var<storage, read> partials: array<vec4f>;         // [replica][part][channel][PARAMETERS4]
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>;  // [replica][channel][PARAMETERS4]
@group(0) @binding(2) var<storage, read_write> products: array<vec4f>;   // [replica][PRODUCTS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;       // [replica]
@group(0) @binding(4) var<storage, read> metrics: array<Metrics>;        // [replica]
@group(0) @binding(5) var<storage, read> trajectories: array<Trajectory>; // [replica][BATCH]
@group(0) @binding(6) var<storage, read_write> log_z: array<LogZ>;       // [replica]
@group(0) @binding(7) var<storage, read_write> faults: array<Fault>;     // [replica]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  if (group.x == 0u && lane == 0u) {
    watch(replica);
  }
  var product = vec4f();
  for (var index = group.x * LANES + lane; index < PARAMETERS4; index += PRODUCTS * LANES) {
    var total = array<vec4f, CHANNELS>();
    for (var part = 0u; part < PARTS; part++) {
      for (var channel = 0u; channel < CHANNELS; channel++) {
        total[channel] += partials[((replica * PARTS + part) * CHANNELS + channel) * PARAMETERS4 + index];
      }
    }
    for (var channel = 0u; channel < CHANNELS; channel++) {
      gradients[(replica * CHANNELS + channel) * PARAMETERS4 + index] = total[channel];
    }
    let u = total[0];
    product.z += dot(u, u);
    if (CHANNELS == 2u) {
      let s = total[CHANNELS - 1u];
      product.x += dot(u, s);
      product.y += dot(s, s);
    }
  }
  let total = sum_lanes(lane, product);
  if (lane == 0u) {
    products[replica * PRODUCTS + group.x] = total;
  }
}

// The objective has moved log Z already: where the replica is broken, that is taken back.
fn watch(replica: u32) {
  var fault = faults[replica];
  if (fault.quantity == 0u && (metrics[replica].finite != 1.0 || !is_sound(log_z[replica]))) {
    fault.quantity = quantity_of_batch(replica);
    fault.step = outcomes[replica].step;
  }
  if (fault.quantity == 0u) {
    fault.before = fault.log_z;
    fault.log_z = log_z[replica];
  } else {
    fault.stopped = 1u;
    log_z[replica] = fault.log_z;
  }
  faults[replica] = fault;
}

fn quantity_of_batch(replica: u32) -> u32 {
  for (var n = replica * BATCH; n < (replica + 1u) * BATCH; n++) {
    let quantity = quantity_of(trajectories[n]);
    if (quantity != 0u) {
      return quantity;
    }
  }
  return LOSS;
}
