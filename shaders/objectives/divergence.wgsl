// Divergences: scale · E[∇f + f∇s] as coefficients c_n of Σ_n c_n ∇s_n (method §1–3).
//
// This kernel runs one workgroup per replica and orders the reductions. Two modules fill it in:
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
import package::objectives::batch::{coefficients, log_weight, log_z, outcomes, replicas, trajectories};
@if(learns_log_z) import package::objectives::log_z_step::step_log_z;
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{effective_share, summarise, write_metrics};
@if(learns_log_z || normalised) import package::sampler::records::Trajectory;
import package::tensor::lanes::{max_lanes, sum_lanes};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  effective_share = summary.effective_share;

  // A trajectory with d = 0: its log weight log R + b − s is log Z.
  @if(learns_log_z) let balanced = Trajectory(0.0, 0.0, log_z[replica].value, 0.0);
  @if(normalised && !learns_log_z) let balanced = Trajectory(0.0, 0.0, summary.log_mean_exp, 0.0);

  // Largest exponent, so that exponentials stay in range where the objective is free of scale.
  var highest = vec4f(-1e30);
  for (var n = lane; n < BATCH; n += LANES) {
    highest.x = max(highest.x, exponent(trajectories[first + n], settings));
  }
  @if(learns_log_z) {
    highest.x = max(highest.x, exponent(balanced, settings));
  }
  @if(normalised) let offset = exponent(balanced, settings);
  @else let offset = shift(max_lanes(lane, highest).x);

  var sum = vec4f();
  for (var n = lane; n < BATCH; n += LANES) {
    let t = trajectories[first + n];
    let x = exponent(t, settings) - offset;
    let f = value(t, x, settings);
    @if(normalised) let of_loss = term(f, x);
    @else let of_loss = f * log_weight(t);
    sum += vec4f(f, of_loss, 0.0, 0.0);
  }
  let means = sum_lanes(lane, sum) / f32(BATCH);
  let mean = means.x;
  // What f is compared with.
  @if(learns_log_z) let reference = value(balanced, exponent(balanced, settings) - offset, settings);
  @else let reference = mean;
  let factor = scale(reference, settings);
  let terms = gradient_terms(settings);
  for (var n = lane; n < BATCH; n += LANES) {
    let t = trajectories[first + n];
    let f = value(t, exponent(t, settings) - offset, settings);
    var weights = coefficient(f, reference, terms, factor, f32(BATCH));
    @if(learned_backward && balance) {
      weights.y = -weights.x;
    }
    @if(learned_backward && !balance) {
      // b enters f as −s does, so that ∇f = (κ_f f + κ_1)(∇s − ∇b). The objective adds any other term that moves p_B.
      let deviation = log_weight(t) - means.y / mean;
      weights.y = (backward_term(f, mean, deviation) - factor * (terms.x * f + terms.y)) / f32(BATCH);
    }
    coefficients[first + n] = weights;
  }

  if (lane == 0u) {
    // Σ c_n, the mean of g′(d).
    @if(learns_log_z) step_log_z(replica, factor * (terms.x + 1.0) * (mean - reference), settings);
    outcomes[replica] = Outcome(live, settings.step, factor, mean, terms, vec2f());
    write_metrics(replica, summary, loss(means.xy, offset, summary.mean, settings), factor);
  }
}
