// What a balance loss of a large batch has come to: outcome, metrics and log Z. See chunks.wgsl.

import constants::LANES;
import package::objectives::balance_terms::{conclude, facts_of};
import package::objectives::batch::replicas;
import package::objectives::large::chunks::{rows_of_chunks, summary_of_chunks, sums_of_chunks};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let live = rows_of_chunks(replica, 0u, lane).total;
  let summary = summary_of_chunks(replica, lane);
  let sums = sums_of_chunks(replica, lane);
  if (lane == 0u) {
    conclude(replica, live, summary, sums, facts_of(replica, live, summary), replicas[replica]);
  }
}
