// Balance losses: the mean of g(d) over residuals d, for a g ≥ 0 whose only minimum is g(0) = 0 (method §2, balance losses; §5.1).
//
// This kernel runs one workgroup per replica and orders the sums; balance_terms.wgsl says what is summed. Batches of many thousands are
// shared by workgroups, in the kernels of large/*.wgsl.

import constants::LANES;
@if(batch_stretches) import package::objectives::balance::stretch_weights::weigh_stretches;
import package::objectives::balance_terms::{conclude, facts_of, weigh_range};
import package::objectives::batch::{replicas, whole_batch};
import package::objectives::live_rows::compact;
import package::objectives::summary::summarise;
import package::tensor::lanes::sum_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let range = whole_batch(replica);
  let live = compact(replica, range, 0u, lane);
  let summary = summarise(range, lane, settings);
  let facts = facts_of(replica, live, summary);
  @if(batch_stretches) weigh_stretches(replica, lane, settings);
  let sums = sum_lanes(lane, weigh_range(range, lane, facts, settings)).xy;
  if (lane == 0u) {
    conclude(replica, live, summary, sums, facts, settings);
  }
}
