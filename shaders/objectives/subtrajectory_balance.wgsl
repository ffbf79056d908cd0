// Sub-trajectory balance (Madan et al., ICML 2023; method §2, balance losses), mean over trajectories of
//   Σ_{i<j} λ^{j−i} (v_i − v_j)² / Σ_{i<j} λ^{j−i},   v_i = log F(s_i) − Σ_{t<i} (log p_F − log p_B)_t,   F(s_n) = R(x),
// for (v_i − v_j) is the balance of the stretch from s_i to s_j. Neighbours differ by the residual of their transition,
// r_t = v_{t+1} − v_t, and sums over all stretches that end or begin at a state follow from those at its neighbour:
//   P_{t+1} = λ (P_t + 1),  D_{t+1} = λ (D_t + (P_t + 1) r_t),  M_{t+1} = λ (M_t + 2 r_t D_t + (P_t + 1) r_t²)
// for Σ λ^{t−j}, Σ λ^{t−j} (v_t − v_j) and Σ λ^{t−j} (v_t − v_j)² over j < t; likewise over j > t, from the end.
// With g_t = ∂/∂v_t, which is 2 (both sums D) over the normaliser: g_t on ∇log F(s_t), and Σ_{k≤t} g_k on ∇log p_F, as Σ g = 0.

import constants::{BATCH, LAMBDA, LANES, ROWS};
import package::objectives::batch::{coefficients, outcomes, replicas};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{finish_step, summarise};
import package::objectives::transitions::{length_of, residual};
import package::tensor::lanes::sum_lanes;
import package::sampler::replica::Replica;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  var sum = vec4f();
  for (var n = first + lane; n < first + BATCH; n += LANES) {
    sum.x += balance(n, settings);
  }
  let loss = sum_lanes(lane, sum).x / f32(BATCH);
  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  if (lane == 0u) {
    outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
    finish_step(replica, summary, loss, 1.0);
  }
}

// Writes a trajectory's coefficients and returns its loss.
fn balance(trajectory: u32, settings: Replica) -> f32 {
  let lambda = f32(LAMBDA);
  let length = length_of(trajectory);
  let start = trajectory * ROWS;
  // Towards the end: where a state's later stretches come out, kept until its earlier ones are known.
  var weight = 0.0;
  var difference = 0.0;
  for (var time = length; time > 0u; time--) {
    difference = lambda * (difference - (weight + 1.0) * residual(trajectory, time - 1u, settings));
    weight = lambda * (weight + 1.0);
    coefficients[start + time - 1u] = vec2f(difference, 0.0);
  }
  weight = 0.0;
  difference = 0.0;
  var square = 0.0;
  var total_weight = 0.0;
  var total_square = 0.0;
  for (var time = 0u; time < length; time++) {
    coefficients[start + time].x += difference;
    let r = residual(trajectory, time, settings);
    square = lambda * (square + (2.0 * difference + (weight + 1.0) * r) * r);
    difference = lambda * (difference + (weight + 1.0) * r);
    weight = lambda * (weight + 1.0);
    total_weight += weight;
    total_square += square;
  }
  let factor = 2.0 / (total_weight * f32(BATCH));
  var sum = 0.0;
  for (var time = 0u; time < length; time++) {
    let gradient = factor * coefficients[start + time].x;
    sum += gradient;
    coefficients[start + time] = vec2f(sum, gradient);
  }
  return total_square / total_weight;
}
