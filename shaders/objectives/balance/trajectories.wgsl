// Balance of whole trajectories:  mean over n of g(d_n).
//   gradient: c_n = g′(d_n) / N on ∇s_n, −c_n on ∇b_n, and the mean of g′(d_n) on log Z.

import constants::BATCH;
import package::loss::{loss, slope};
import package::objective::residual;
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::{annealed_trajectory, coefficients};
import package::sampler::replica::Replica;

// Writes the coefficients of trajectory n; returns g(d_n) and g′(d_n).
fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  let d = residual(annealed_trajectory(n, settings), facts, settings);
  let derivative = slope(d, settings);
  coefficients[n] = vec2f(derivative, -derivative) / f32(BATCH);
  return vec2f(loss(d, settings), derivative);
}

// The number of terms in the mean.
fn terms(facts: BatchFacts) -> f32 {
  return f32(BATCH);
}
