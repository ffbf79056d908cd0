// Weights of subtrajectories that are weighed over the whole batch, where they add up to 1. One of n transitions has the weight
//   m(n) / (c(n) Σ_k m(k)),  with m(n) = λ^n if c(n) > 0, or m(n) = c(n) with `equal_stretches`: then all have the weight 1 / Σ_k c(k).
// c(n) is the number of subtrajectories of n transitions: with h(l) trajectories of length l it is Σ_{l ≥ n} (l + 1 − n) h(l).

import constants::{BATCH, HORIZON, LANES};
import package::objective::decay;
import package::objectives::balance::flow_residual::length_of;
import package::sampler::replica::Replica;
import package::tensor::lanes::sum_lanes;

var<workgroup> lengths: array<atomic<u32>, HORIZON + 1u>;  // h
var<workgroup> weights: array<f32, HORIZON + 1u>;          // of a subtrajectory of n transitions

// All lanes of the workgroup fill in the weights. Call it before `stretch_weight`.
fn weigh_stretches(replica: u32, lane: u32, settings: Replica) {
  for (var n = replica * BATCH + lane; n < (replica + 1u) * BATCH; n += LANES) {
    atomicAdd(&lengths[length_of(n)], 1u);
  }
  workgroupBarrier();
  var own = 0.0;
  for (var n = 1u + lane; n <= HORIZON; n += LANES) {
    var count = 0u;
    for (var length = n; length <= HORIZON; length++) {
      count += (length + 1u - n) * atomicLoad(&lengths[length]);
    }
    if (count > 0u) {
      @if(equal_stretches) let mass = f32(count);
      @if(!equal_stretches) let mass = pow(decay(settings), f32(n));
      weights[n] = mass / f32(count);
      own += mass;
    }
  }
  let total = sum_lanes(lane, vec4f(own)).x;
  for (var n = 1u + lane; n <= HORIZON; n += LANES) {
    weights[n] /= total;
  }
  workgroupBarrier();
}

// The weight of a subtrajectory of n transitions.
fn stretch_weight(n: u32) -> f32 {
  return weights[n];
}
