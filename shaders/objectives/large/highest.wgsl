// The largest exponent of each chunk, which may depend on the summary of the batch. See chunks.wgsl.

import constants::{CHUNKS, LANES};
import package::objectives::batch::replicas;
import package::objectives::divergence_terms::highest_exponent;
import package::objectives::large::chunks::{chunks, range_of, summary_of_chunks};
import package::objectives::summary::effective_share;
import package::tensor::lanes::max_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  effective_share = summary_of_chunks(replica, lane).effective_share;
  let highest = max_lanes(lane, highest_exponent(range_of(replica, group.x), lane, replicas[replica]));
  if (lane == 0u) {
    chunks[replica * CHUNKS + group.x].highest = highest;
  }
}
