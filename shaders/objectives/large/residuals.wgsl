// The coefficients of a balance loss and the list of real transitions, each chunk its own, and the chunk's sums of g(d) and g′(d). See
// chunks.wgsl.

import constants::{CHUNKS, LANES};
@if(batch_stretches) import package::objectives::balance::stretch_weights::weigh_stretches;
import package::objectives::balance_terms::{facts_of, weigh_range};
import package::objectives::batch::replicas;
import package::objectives::large::chunks::{chunks, range_of, rows_of_chunks, summary_of_chunks};
import package::objectives::live_rows::compact;
import package::tensor::lanes::sum_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let range = range_of(replica, group.x);
  let rows = rows_of_chunks(replica, group.x, lane);
  workgroupBarrier();
  _ = compact(replica, range, rows.before, lane);
  let facts = facts_of(replica, rows.total, summary_of_chunks(replica, lane));
  @if(batch_stretches) weigh_stretches(replica, lane, replicas[replica]);
  let sums = sum_lanes(lane, weigh_range(range, lane, facts, replicas[replica]));
  if (lane == 0u) {
    chunks[replica * CHUNKS + group.x].sums = sums.xy;
  }
}
