// The steps from a batch's trajectories to the coefficients of a balance loss. Kernels put sums over the batch between them: balance.wgsl
// where one workgroup takes the whole batch, large/*.wgsl where many share it. Three modules fill them in:
//   package::harness    writes the coefficients of one trajectory and returns its loss (objectives/balance/*.wgsl),
//   package::objective  the residual d of a trajectory, of a transition or of a state,
//   package::loss       g and its derivative (objectives/losses/*.wgsl).

import constants::{BATCH, HORIZON, LANES, ROWS};
import package::harness::{terms, weigh};
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::{Range, log_z, outcomes};
@if(learns_log_z) import package::objectives::log_z_step::step_log_z;
import package::objectives::records::Outcome;
import package::objectives::summary::{Summary, write_metrics};
import package::sampler::replica::Replica;

// What a residual may use. `live`: rows of real transitions in the batch.
fn facts_of(replica: u32, live: u32, summary: Summary) -> BatchFacts {
  // With a learned p_B every trajectory has one more row. Stops are balanced where log F(s) follows from them.
  var transitions = live - BATCH * (ROWS - HORIZON);
  @if(stop_flow) {
    transitions -= BATCH;
  }
  // Rows of flow matching are more; its mean is over the states that transitions lead to.
  @if(flow_rows) {
    transitions = u32(round(summary.mean_length * f32(BATCH)));
  }
  return BatchFacts(log_z[replica].value, summary.mean, f32(transitions));
}

// Writes the coefficients of a lane's trajectories; returns the sums of g(d) and g′(d).
fn weigh_range(range: Range, lane: u32, facts: BatchFacts, settings: Replica) -> vec4f {
  var sum = vec4f();
  for (var n = range.first + lane; n < range.end; n += LANES) {
    sum += vec4f(weigh(n, facts, settings), 0.0, 0.0);
  }
  return sum;
}

// Writes what the batch has come to. `sums`: those of g(d) and g′(d) over the batch. Call it from one lane.
fn conclude(replica: u32, live: u32, summary: Summary, sums: vec2f, facts: BatchFacts, settings: Replica) {
  let means = sums / terms(facts);
  @if(learns_log_z) step_log_z(replica, means.y, settings);
  outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
  write_metrics(replica, summary, means.x, 1.0);
}
