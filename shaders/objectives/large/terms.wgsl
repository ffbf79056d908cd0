// The sums of f and of the terms of the loss over each chunk. See chunks.wgsl.

import constants::{CHUNKS, LANES};
import package::objectives::batch::replicas;
import package::objectives::divergence_terms::{offset_of, sums_of_terms};
import package::objectives::large::chunks::{chunks, highest_of_chunks, range_of, summary_of_chunks};
import package::objectives::summary::effective_share;
import package::tensor::lanes::sum_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let settings = replicas[replica];
  let summary = summary_of_chunks(replica, lane);
  effective_share = summary.effective_share;
  let offset = offset_of(highest_of_chunks(replica, lane), replica, summary, settings);
  let sums = sum_lanes(lane, sums_of_terms(range_of(replica, group.x), lane, offset, settings));
  if (lane == 0u) {
    chunks[replica * CHUNKS + group.x].sums = sums.xy;
  }
}
