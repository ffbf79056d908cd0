// What a divergence of a large batch has come to: outcome, metrics and log Z. See chunks.wgsl.

import constants::{BATCH, LANES};
import package::objectives::batch::replicas;
import package::objectives::divergence_terms::{compare, conclude, offset_of};
import package::objectives::large::chunks::{highest_of_chunks, rows_of_chunks, summary_of_chunks, sums_of_chunks};
import package::objectives::summary::effective_share;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let settings = replicas[replica];
  let live = rows_of_chunks(replica, 0u, lane).total;
  let summary = summary_of_chunks(replica, lane);
  effective_share = summary.effective_share;
  let offset = offset_of(highest_of_chunks(replica, lane), replica, summary, settings);
  let means = sums_of_chunks(replica, lane) / f32(BATCH);
  if (lane == 0u) {
    conclude(replica, live, summary, compare(means, offset, replica, summary, settings), settings);
  }
}
