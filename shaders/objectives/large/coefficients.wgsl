// The coefficients of a divergence and the list of real transitions, each chunk its own. See chunks.wgsl.

import constants::{BATCH, LANES};
import package::objectives::batch::replicas;
import package::objectives::divergence_terms::{compare, offset_of, weigh};
import package::objectives::large::chunks::{highest_of_chunks, range_of, rows_of_chunks, summary_of_chunks, sums_of_chunks};
import package::objectives::live_rows::compact;
import package::objectives::summary::effective_share;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let settings = replicas[replica];
  let range = range_of(replica, group.x);
  let before = rows_of_chunks(replica, group.x, lane).before;
  workgroupBarrier();
  _ = compact(replica, range, before, lane);
  let summary = summary_of_chunks(replica, lane);
  effective_share = summary.effective_share;
  let offset = offset_of(highest_of_chunks(replica, lane), replica, summary, settings);
  let means = sums_of_chunks(replica, lane) / f32(BATCH);
  weigh(range, lane, compare(means, offset, replica, summary, settings), settings);
}
