// Balance of single transitions s → s′:  mean over all transitions of the batch of g(d_t).
//   gradient: g′(d_t) / T on ∇log p_F(s′ | s) and on ∇log F(s), −g′(d_t) / T on ∇log F(s′), with T the number of transitions.
// With log F(s) = log R(s) − log p_F(stop | s) (`stop_flow`) the residual of a stop is 0, and T counts the other transitions. The
// coefficient of ∇log F(s) is then the negative of that of ∇log p_F(stop | s): see trainer/output_weights.wgsl.

import constants::ROWS;
import package::loss::{loss, slope};
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::balance::flow_residual::{length_of, residual_at};
import package::objectives::batch::coefficients;
import package::sampler::replica::Replica;

// Writes the coefficients of all transitions of trajectory n; returns the sum of their losses.
fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  let share = 1.0 / terms(facts);
  var sum = 0.0;
  var before = 0.0; // g′ of the transition that leads to the current state
  for (var time = 0u; time < length_of(n); time++) {
    let d = residual_at(n, time, settings);
    let derivative = slope(d, settings);
    sum += loss(d, settings);
    coefficients[n * ROWS + time] = share * vec2f(derivative, derivative - before);
    before = derivative;
  }
  @if(learned_backward) {
    // The terminal state has a row too, for p_B of the last action. Only stops lead there, from one state each.
    coefficients[n * ROWS + length_of(n)] = vec2f();
  }
  return vec2f(sum, 0.0);
}

// The number of terms in the mean.
fn terms(facts: BatchFacts) -> f32 {
  return max(facts.transitions, 1.0);
}
