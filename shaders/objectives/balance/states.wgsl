// Balance of states:  mean over all states of the batch's trajectories but the initial ones of g(d), by flow_rows.wgsl.
//   gradient: with M states, g′(d) / M on ∇log of the flow in, which an edge of it has by its share F(edge) / Σ F, as coefficient of its
//   ∇log F(edge), and −g′(d) / M on ∇log of the flow out.

import constants::ROWS;
import package::loss::{loss, slope};
import package::objective::residual;
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::balance::flow_rows::{FlowRow, OUTFLOW};
import package::objectives::batch::{annealed_trajectory, coefficients};
import package::sampler::replica::Replica;

@group(0) @binding(7) var<storage, read> flow_rows: array<FlowRow>;  // [replica][trajectory][ROWS]

// The number of rows of trajectory n.
fn rows_of(n: u32) -> u32 {
  return flow_rows[n * ROWS].count;
}

// Writes the coefficients of all rows of trajectory n; returns the sum of its states' losses.
fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  let start = n * ROWS;
  let end = start + rows_of(n);
  let share = 1.0 / terms(facts);
  var sum = 0.0;
  var first = start;  // the first edge into the current state
  while (first < end) {
    var highest = -1e30;
    var last = first;  // the row after the state's edges: that of the flow out of it, or the end
    while (last < end && flow_rows[last].action != OUTFLOW) {
      highest = max(highest, flow_rows[last].log_flow);
      last += 1u;
    }
    var total = 0.0;
    for (var row = first; row < last; row++) {
      total += exp(flow_rows[row].log_flow - highest);
    }
    var log_outflow = annealed_trajectory(n, settings).log_reward - settings.log_reward_shift;
    if (last < end) {
      log_outflow = flow_rows[last].log_flow;
    }
    let d = residual(highest + log(total), log_outflow, settings);
    let derivative = share * slope(d, settings);
    sum += loss(d, settings);
    for (var row = first; row < last; row++) {
      coefficients[row] = vec2f(derivative * exp(flow_rows[row].log_flow - highest) / total, 0.0);
    }
    if (last < end) {
      coefficients[last] = vec2f(-derivative, 0.0);
    }
    first = last + 1u;
  }
  return vec2f(sum, 0.0);
}

// The number of terms in the mean.
fn terms(facts: BatchFacts) -> f32 {
  return facts.transitions;
}
