// Balance of every subtrajectory for g(d) = d², in linear time; stretches.wgsl defines the loss and v_t. With
// r_t = v_{t+1} − v_t = −d_t, the sums over all subtrajectories that end at state t + 1 follow from those that end at state t:
//   P_{t+1} = λ (P_t + 1),  D_{t+1} = λ (D_t + (P_t + 1) r_t),  M_{t+1} = λ (M_t + 2 r_t D_t + (P_t + 1) r_t²),  where
//   P_t = Σ λ^{t−j},  D_t = Σ λ^{t−j} (v_t − v_j),  M_t = Σ λ^{t−j} (v_t − v_j)²  over j < t.
// The same recursion from the end of the trajectory gives the sums over j > t. The derivative of the loss by v_t is 2 · (D over
// j < t + D over j > t) / (sum of all weights).

import constants::{BATCH, ROWS};
import package::objective::decay;
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::balance::flow_residual::{length_of, residual_at};
import package::objectives::batch::coefficients;
import package::sampler::replica::Replica;

// Writes the coefficients of all transitions of trajectory n; returns its loss.
fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  let lambda = decay(settings);
  let length = length_of(n);
  let start = n * ROWS;
  // From the end to the start: the part of each derivative that comes from the subtrajectories beginning at that state.
  var weight = 0.0;
  var difference = 0.0;
  for (var time = length; time > 0u; time--) {
    difference = lambda * (difference + (weight + 1.0) * residual_at(n, time - 1u, settings));
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
    let r = -residual_at(n, time, settings);
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
  return vec2f(total_square / total_weight, 0.0);
}

// The number of terms in the mean.
fn terms(facts: BatchFacts) -> f32 {
  return f32(BATCH);
}
