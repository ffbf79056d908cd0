// Divergences: scale · E[∇f + f∇s] as coefficients c_n of Σ_n c_n ∇s_n (method §1–3).
//
// This kernel runs one workgroup per replica and orders the reductions. Two modules fill it in:
//   package::objective  f of a trajectory, ∇f = (κ_f f + κ_1)∇s, and the scale,
//   package::estimator  the coefficients, from f and its mean over the batch (objectives/estimators/*.wgsl).

import constants::{BATCH, LANES};
import package::objective::{backward_term, exponent, shift, value, gradient_terms, scale, loss};
import package::estimator::coefficient;
import package::objectives::batch::{coefficients, log_weight, outcomes, replicas, trajectories};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{summarise, write_metrics};
import package::tensor::lanes::{max_lanes, sum_lanes};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;

  // Largest exponent, so that exponentials stay in range where the objective is free of scale.
  var highest = vec4f(-1e30);
  for (var n = lane; n < BATCH; n += LANES) {
    highest.x = max(highest.x, exponent(trajectories[first + n], settings));
  }
  let offset = shift(max_lanes(lane, highest).x);

  var sum = vec4f();
  for (var n = lane; n < BATCH; n += LANES) {
    let t = trajectories[first + n];
    let f = value(t, exponent(t, settings) - offset, settings);
    sum += vec4f(f, f * log_weight(t), 0.0, 0.0);
  }
  let means = sum_lanes(lane, sum) / f32(BATCH);
  let mean = means.x;
  let factor = scale(mean, settings);
  let terms = gradient_terms(settings);
  for (var n = lane; n < BATCH; n += LANES) {
    let t = trajectories[first + n];
    let f = value(t, exponent(t, settings) - offset, settings);
    var weights = coefficient(f, mean, terms, factor, f32(BATCH));
    @if(learned_backward) {
      // b enters f as −s does, so that ∇f = (κ_f f + κ_1)(∇s − ∇b). The objective adds any other term that moves p_B.
      let deviation = log_weight(t) - means.y / mean;
      weights.y = (backward_term(f, mean, deviation) - factor * (terms.x * f + terms.y)) / f32(BATCH);
    }
    coefficients[first + n] = weights;
  }

  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  if (lane == 0u) {
    outcomes[replica] = Outcome(live, settings.step, factor, mean, terms, vec2f());
    write_metrics(replica, summary, loss(means.xy, offset, summary.mean, settings), factor);
  }
}
