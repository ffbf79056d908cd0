// Adam on every weight. First the estimator combines the gradient channels; at the end each weight is also written to its
// transposed copy. The kernel counts the optimiser's steps in replicas[…].step.
//
// A gradient whose norm is above GRADIENT_CLIP is scaled down to it. A norm that is not finite breaks the replica (fault.wgsl) and
// changes no weight: as long as norms are finite, Adam's moments and the weights stay finite too.

import constants::{BATCH, CHANNELS, IN4, LANES, LAYERS, OUT4, PARAMETERS4, PRODUCTS, TRANSPOSED_OFFSET, WEIGHT_OFFSET, WEIGHTS4};
@if(clip) import constants::GRADIENT_CLIP;
import package::objectives::records::{LogZ, Outcome};
@if(two_channels) import package::estimator::combine;
import package::sampler::replica::Replica;
import package::tensor::adam::{DEFAULT_BETAS, DEFAULT_EPSILON, Moments, bias_corrections, decayed_rate, parameter_change, updated_moments};
import package::tensor::finite::is_finite;
import package::tensor::lanes::sum_lanes;
import package::trainer::fault::{Fault, GRADIENT};

@group(0) @binding(0) var<storage, read_write> weights: array<f32>;     // [replica][WEIGHTS4 · 4]
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;       // [replica][channel][PARAMETERS4]
@group(0) @binding(2) var<storage, read> products: array<vec4f>;        // [replica][PRODUCTS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;      // [replica]
@group(0) @binding(4) var<storage, read_write> replicas: array<Replica>; // [replica]
@group(0) @binding(5) var<storage, read_write> moments: array<vec4f>;   // [replica][first, second][PARAMETERS4]
@group(0) @binding(6) var<storage, read_write> log_z: array<LogZ>;      // [replica]
@group(0) @binding(7) var<storage, read_write> faults: array<Fault>;    // [replica]

@compute @workgroup_size(LANES)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let replica = group.y;
  let total = sum_products(replica, lane);
  let outcome = outcomes[replica];
  if (id.x == 0u) {
    replicas[replica].step = outcome.step + 1u;
  }
  if (faults[replica].stopped != 0u) {
    return;
  }
  let norm = combined_norm(total, outcome);
  if (!is_finite(norm)) {
    if (id.x == 0u) {
      let before = faults[replica].before;
      faults[replica].quantity = GRADIENT;
      faults[replica].step = outcome.step;
      faults[replica].log_z = before;
      log_z[replica] = before;
    }
    return;
  }
  let corrections = bias_corrections(outcome.step, DEFAULT_BETAS);
  let rate = decayed_rate(replicas[replica].learning_rate, replicas[replica].decay_power, outcome.step, replicas[replica].steps);
  for (var index = id.x; index < PARAMETERS4; index += PRODUCTS * LANES) {
    var gradient = combined(replica, index, total, outcome);
    @if(clip) {
      gradient *= select(1.0, GRADIENT_CLIP / norm, norm > GRADIENT_CLIP);
    }

    let first = 2u * replica * PARAMETERS4 + index;
    let second = first + PARAMETERS4;
    let current = updated_moments(Moments(moments[first], moments[second]), gradient, DEFAULT_BETAS);
    moments[first] = current.first;
    moments[second] = current.second;
    let change = parameter_change(current, rate, corrections, DEFAULT_EPSILON);

    let start = 4u * (replica * WEIGHTS4 + index);
    let updated = vec4f(weights[start], weights[start + 1u], weights[start + 2u], weights[start + 3u]) - change;
    for (var i = 0u; i < 4u; i++) {
      weights[start + i] = updated[i];
    }
    transpose(replica, index, updated);
  }
}

// The scalar products over all parameters, summed over the workgroups of reduce_gradient.wgsl. Every workgroup needs the whole
// sum, so its lanes share the work.
fn sum_products(replica: u32, lane: u32) -> vec4f {
  var sum = vec4f();
  for (var i = lane; i < PRODUCTS; i += LANES) {
    sum += products[replica * PRODUCTS + i];
  }
  return sum_lanes(lane, sum);
}

fn combined(replica: u32, index: u32, products: vec4f, outcome: Outcome) -> vec4f {
  let start = replica * CHANNELS * PARAMETERS4 + index;
  @if(!two_channels) {
    return gradients[start];
  }
  @if(two_channels) {
    return combine(gradients[start], gradients[start + PARAMETERS4], products.xy, outcome, f32(BATCH));
  }
}

// ‖G‖ over all parameters. G = p U + q S is linear in the channels, so `combine` of (1, 0) and (0, 1) gives p and q.
fn combined_norm(products: vec4f, outcome: Outcome) -> f32 {
  @if(!two_channels) {
    return sqrt(products.z);
  }
  @if(two_channels) {
    let factors = combine(vec4f(1.0, 0.0, 0.0, 0.0), vec4f(0.0, 1.0, 0.0, 0.0), products.xy, outcome, f32(BATCH));
    let p = factors.x;
    let q = factors.y;
    let squared = p * p * products.z + 2.0 * p * q * products.x + q * q * products.y;
    // Rounding can leave a small negative number; max would hide ∞ − ∞.
    if (!is_finite(squared)) {
      return squared;
    }
    return sqrt(max(0.0, squared));
  }
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
