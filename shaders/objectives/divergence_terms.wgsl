// The steps from a batch's trajectories to the coefficients of a divergence. Kernels put a sum over the batch between them: divergence.wgsl
// where one workgroup takes the whole batch, large/*.wgsl where many share it. Two modules fill them in:
//   package::objective  f of a trajectory, ∇f = (κ_f f + κ_1)∇s, and the scale,
//   package::estimator  the coefficients, from f and its mean over the batch (objectives/estimators/*.wgsl).
//
// Conditions:
//   learns_log_z  f is compared with f at a learned log Z in place of its mean (objectives/estimators/balance.wgsl)
//   normalised    f depends on Z: log Z is taken from every exponent (objectives/jsd.wgsl)
//   balance       a learned p_B gets the opposite coefficients of p_F

import constants::{BATCH, LANES};
import package::objective::{backward_term, exponent, shift, value, gradient_terms, scale, loss};
@if(normalised) import package::objective::term;
import package::estimator::coefficient;
import package::objectives::batch::{Range, annealed_trajectory, coefficients, log_weight, log_z, outcomes};
@if(learns_log_z) import package::objectives::log_z_step::step_log_z;
import package::objectives::records::Outcome;
import package::objectives::summary::{Summary, write_metrics};
@if(learns_log_z || normalised) import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::tensor::finite::max_or_nan;

// What a lane's terms are compared against.
struct Comparison {
  offset: f32,     // subtracted from every exponent
  mean: f32,       // f̄
  mean_loss: f32,  // mean of the terms of the loss
  reference: f32,  // f̄, or f at a learned log Z
  factor: f32,     // the divergence's scale
  terms: vec2f,    // (κ_f, κ_1)
}

// A trajectory with d = 0: its log weight log R + b − s is log Z.
@if(learns_log_z)
fn balanced(replica: u32, summary: Summary) -> Trajectory {
  return Trajectory(0.0, 0.0, log_z[replica].value, 0.0);
}
@if(normalised && !learns_log_z)
fn balanced(replica: u32, summary: Summary) -> Trajectory {
  return Trajectory(0.0, 0.0, summary.log_mean_exp, 0.0);
}

// Largest exponent among a lane's trajectories.
fn highest_exponent(range: Range, lane: u32, settings: Replica) -> f32 {
  var highest = -1e30;
  for (var n = range.first + lane; n < range.end; n += LANES) {
    highest = max(highest, exponent(annealed_trajectory(n, settings), settings));
  }
  return highest;
}

// What is subtracted from every exponent, so that exponentials stay in range where the objective is free of scale. `highest`: the largest
// exponent of the batch.
fn offset_of(highest: f32, replica: u32, summary: Summary, settings: Replica) -> f32 {
  @if(normalised) return exponent(balanced(replica, summary), settings);
  @if(!normalised && learns_log_z) return shift(max_or_nan(highest, exponent(balanced(replica, summary), settings)));
  @if(!normalised && !learns_log_z) return shift(highest);
}

// Sums of f and of the terms of the loss, over a lane's trajectories.
fn sums_of_terms(range: Range, lane: u32, offset: f32, settings: Replica) -> vec4f {
  var sum = vec4f();
  for (var n = range.first + lane; n < range.end; n += LANES) {
    let t = annealed_trajectory(n, settings);
    let x = exponent(t, settings) - offset;
    let f = value(t, x, settings);
    @if(normalised) let of_loss = term(f, x);
    @else let of_loss = f * log_weight(t);
    sum += vec4f(f, of_loss, 0.0, 0.0);
  }
  return sum;
}

// `means`: those of f and of the terms of the loss over the batch.
fn compare(means: vec2f, offset: f32, replica: u32, summary: Summary, settings: Replica) -> Comparison {
  @if(learns_log_z) let at_log_z = balanced(replica, summary);
  @if(learns_log_z) let reference = value(at_log_z, exponent(at_log_z, settings) - offset, settings);
  @else let reference = means.x;
  return Comparison(offset, means.x, means.y, reference, scale(reference, settings), gradient_terms(settings));
}

// Writes the coefficients of a lane's trajectories.
fn weigh(range: Range, lane: u32, against: Comparison, settings: Replica) {
  for (var n = range.first + lane; n < range.end; n += LANES) {
    let t = annealed_trajectory(n, settings);
    let f = value(t, exponent(t, settings) - against.offset, settings);
    var weights = coefficient(f, against.reference, against.terms, against.factor, f32(BATCH));
    @if(learned_backward && balance) {
      weights.y = -weights.x;
    }
    @if(learned_backward && !balance) {
      // b enters f as −s does, so that ∇f = (κ_f f + κ_1)(∇s − ∇b). The objective adds any other term that moves p_B.
      let deviation = log_weight(t) - against.mean_loss / against.mean;
      weights.y = (backward_term(f, against.mean, deviation) - against.factor * (against.terms.x * f + against.terms.y)) / f32(BATCH);
    }
    coefficients[n] = weights;
  }
}

// Writes what the batch has come to. Call it from one lane.
fn conclude(replica: u32, live: u32, summary: Summary, against: Comparison, settings: Replica) {
  // Σ c_n, the mean of g′(d).
  @if(learns_log_z) step_log_z(replica, against.factor * (against.terms.x + 1.0) * (against.mean - against.reference), settings);
  outcomes[replica] = Outcome(live, settings.step, against.factor, against.mean, against.terms, vec2f());
  write_metrics(replica, summary, loss(vec2f(against.mean, against.mean_loss), against.offset, summary.mean, settings), against.factor);
}
