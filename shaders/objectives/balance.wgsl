// Balance losses: the mean of g(d) over residuals d, for a g ≥ 0 whose only minimum is g(0) = 0 (method §2, balance losses; §5.1).
//
// This kernel runs one workgroup per replica and orders the reductions. Three modules fill it in:
//   package::harness    writes the coefficients of one trajectory and returns its loss (objectives/balance/*.wgsl),
//   package::objective  the residual d of a trajectory or of a transition,
//   package::loss       g and its derivative (objectives/losses/*.wgsl).

import constants::{BATCH, HORIZON, LANES, ROWS};
import package::harness::{terms, weigh};
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::{log_z, outcomes, replicas};
import package::objectives::live_rows::compact;
@if(learns_log_z) import package::objectives::log_z_step::step_log_z;
import package::objectives::records::Outcome;
import package::objectives::summary::{summarise, write_metrics};
import package::tensor::lanes::sum_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let first = replica * BATCH;
  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  // With a learned p_B every trajectory has one more row. Stops are balanced where log F(s) follows from them.
  var transitions = live - BATCH * (ROWS - HORIZON);
  @if(stop_flow) {
    transitions -= BATCH;
  }
  let facts = BatchFacts(log_z[replica].value, summary.mean, f32(transitions));
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
