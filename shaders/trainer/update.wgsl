// Adam on every weight, with the control variate's combination of the channels on the way in and the transposed copies
// of the weights on the way out.

import constants::{BATCH, CHANNELS, IN4, LANES, LAYERS, OUT4, PARAMETERS4, PRODUCTS, TRANSPOSED_OFFSET, WEIGHT_OFFSET, WEIGHTS4};
import package::objectives::records::Outcome;
import package::objectives::estimators::control_variate::combine;
import package::sampler::replica::Replica;
import package::trainer::adam::{BETA1, BETA2, EPSILON, bias_corrections, decayed};

@group(0) @binding(0) var<storage, read_write> weights: array<f32>;     // [replica][WEIGHTS4 · 4]
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;       // [replica][channel][PARAMETERS4]
@group(0) @binding(2) var<storage, read> products: array<vec2f>;        // [replica][PRODUCTS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;      // [replica]
@group(0) @binding(4) var<storage, read> replicas: array<Replica>;      // [replica]
@group(0) @binding(5) var<storage, read_write> moments: array<vec4f>;   // [replica][first, second][PARAMETERS4]

@if(two_channels) var<workgroup> lane_sums: array<vec2f, LANES>;
@if(two_channels) var<workgroup> group_sums: array<vec2f, 8>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = id.x;
  let replica = group.y;
  @if(two_channels) let sums = sum_products(replica, lane);
  if (index >= PARAMETERS4) {
    return;
  }
  let outcome = outcomes[replica];
  let own = replica * CHANNELS * PARAMETERS4 + index;
  @if(two_channels)
  let gradient = combine(gradients[own], gradients[own + PARAMETERS4], sums, outcome, f32(BATCH));
  @else
  let gradient = gradients[own];

  let first = 2u * replica * PARAMETERS4 + index;
  let second = first + PARAMETERS4;
  let m = BETA1 * moments[first] + (1.0 - BETA1) * gradient;
  let v = BETA2 * moments[second] + (1.0 - BETA2) * gradient * gradient;
  moments[first] = m;
  moments[second] = v;
  let settings = replicas[replica];
  let corrections = bias_corrections(outcome.step);
  let rate = decayed(settings.learning_rate, settings.decay_power, outcome.step, settings.steps);
  let change = rate * m * corrections.x / (sqrt(v * corrections.y) + EPSILON);

  let start = 4u * (replica * WEIGHTS4 + index);
  let updated = vec4f(weights[start], weights[start + 1u], weights[start + 2u], weights[start + 3u]) - change;
  for (var i = 0u; i < 4u; i++) {
    weights[start + i] = updated[i];
  }
  transpose(replica, index, updated);
}

// (⟨S, U⟩, ‖S‖²) over all parameters: the sum of what reduce_gradient.wgsl left per workgroup. Every workgroup needs all of
// it, so its lanes share the work.
@if(two_channels)
fn sum_products(replica: u32, lane: u32) -> vec2f {
  var sum = vec2f();
  for (var i = lane; i < PRODUCTS; i += LANES) {
    sum += products[replica * PRODUCTS + i];
  }
  lane_sums[lane] = sum;
  workgroupBarrier();
  if (lane < 8u) {
    var of_group = lane_sums[lane * (LANES / 8u)];
    for (var i = 1u; i < LANES / 8u; i++) {
      of_group += lane_sums[lane * (LANES / 8u) + i];
    }
    group_sums[lane] = of_group;
  }
  workgroupBarrier();
  var total = group_sums[0];
  for (var i = 1u; i < 8u; i++) {
    total += group_sums[i];
  }
  return total;
}

// Writes the vec4 of a W_l (l > 0) to its place in the transposed copy.
fn transpose(replica: u32, index: u32, values: vec4f) {
  for (var layer = 1u; layer < LAYERS; layer++) {
    let width = OUT4[layer];
    let offset = index - WEIGHT_OFFSET[layer];
    if (index >= WEIGHT_OFFSET[layer] && offset < 4u * IN4[layer] * width) {
      let k = offset / width;
      let column = 4u * (offset % width);
      for (var i = 0u; i < 4u; i++) {
        weights[4u * (replica * WEIGHTS4 + TRANSPOSED_OFFSET[layer]) + (column + i) * 4u * IN4[layer] + k] = values[i];
      }
    }
  }
}
