// Balance losses: the mean of g(d) over residuals d, for a g ≥ 0 whose only minimum is g(0) = 0 (method §2, balance losses; §5.1).
//
// This kernel runs one workgroup per replica and orders the reductions. Three modules fill it in:
//   package::harness    goes through one trajectory: writes its coefficients, returns its loss (objectives/balance/*.wgsl),
//   package::objective  the residual d of a trajectory or of a transition,
//   package::loss       g and its derivative (objectives/losses/*.wgsl).

import constants::{BATCH, LANES};
import package::harness::{terms, weigh};
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::{log_z, outcomes, replicas};
import package::objectives::live_rows::compact;
import package::objectives::records::Outcome;
import package::objectives::summary::{summarise, write_metrics};
@if(learns_log_z) import package::sampler::replica::Replica;
import package::tensor::lanes::sum_lanes;
@if(learns_log_z) import package::trainer::adam::{adam_step, decayed};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  let facts = BatchFacts(log_z[replica].value, summary.mean, f32(live));
  var sum = vec4f();
  for (var n = first + lane; n < first + BATCH; n += LANES) {
    sum += vec4f(weigh(n, facts, settings), 0.0, 0.0);
  }
  let means = sum_lanes(lane, sum) / terms(facts);
  if (lane == 0u) {
    @if(learns_log_z) step_log_z(replica, means.y, settings);
    outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
    write_metrics(replica, summary, means.x, 1.0);
  }
}

// Adam on log Z with a rate of its own; its gradient is the mean of g′(d).
@if(learns_log_z)
fn step_log_z(replica: u32, gradient: f32, settings: Replica) {
  var state = log_z[replica];
  let moments = vec2f(state.first_moment, state.second_moment);
  let rate = decayed(settings.log_z_rate, settings.log_z_decay_power, settings.step, settings.steps);
  let update = adam_step(gradient, moments, rate, settings.step);
  state.value -= update.x;
  state.first_moment = update.y;
  state.second_moment = update.z;
  log_z[replica] = state;
}
