// Balance of every subtrajectory s_i … s_j, weighted by λ^(j−i):  mean over trajectories of
//   Σ_{i<j} λ^{j−i} g(d_ij) / Σ_{i<j} λ^{j−i},   d_ij = Σ_{i≤t<j} d_t,   d_t the residual of transition t.
// With v_i = log F(s_i) + Σ_{t≥i} (log p_F − log p_B)_t the residual is d_ij = v_i − v_j. So with γ_t the derivative of the loss by v_t:
//   gradient: γ_t on ∇log F(s_t), and Σ_{k≤t} γ_k on ∇log p_F of transition t, because Σ_t γ_t = 0.
// For g(d) = d², square_stretches.wgsl replaces the loop over pairs (i, j) by two passes over the trajectory.
//
// `batch_stretches`: the weights are those of stretch_weights.wgsl, which add up to 1 over the batch, and the loss is their sum.

import constants::{BATCH, ROWS};
import package::loss::{loss, slope};
@if(!batch_stretches) import package::objective::decay;
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::balance::flow_residual::{length_of, residual_at};
@if(batch_stretches) import package::objectives::balance::stretch_weights::stretch_weight;
import package::objectives::batch::coefficients;
import package::sampler::replica::Replica;

// Writes the coefficients of all transitions of trajectory n; returns its loss.
fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  @if(!batch_stretches) let lambda = decay(settings);
  let length = length_of(n);
  let start = n * ROWS;
  for (var time = 0u; time < length; time++) {
    coefficients[start + time] = vec2f();
  }
  var total_weight = 0.0;
  var total_loss = 0.0;
  for (var i = 0u; i < length; i++) {
    var weight = 1.0;
    var d = 0.0;
    var own = 0.0;
    for (var j = i + 1u; j <= length; j++) {
      @if(batch_stretches) weight = stretch_weight(j - i);
      @else weight *= lambda;
      d += residual_at(n, j - 1u, settings);
      let derivative = weight * slope(d, settings);
      total_weight += weight;
      total_loss += weight * loss(d, settings);
      own += derivative;
      if (j < length) {
        coefficients[start + j].y -= derivative;
      }
    }
    coefficients[start + i].y += own;
  }
  // The weights of the batch add up to 1, not to 1 per trajectory.
  @if(batch_stretches) {
    total_weight = 1.0 / f32(BATCH);
  }
  var sum = 0.0;
  for (var time = 0u; time < length; time++) {
    let gradient = coefficients[start + time].y / (total_weight * f32(BATCH));
    sum += gradient;
    coefficients[start + time] = vec2f(sum, gradient);
  }
  return vec2f(total_loss / total_weight, 0.0);
}

// The number of terms in the mean.
fn terms(facts: BatchFacts) -> f32 {
  return f32(BATCH);
}
