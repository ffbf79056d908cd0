// The summary of each chunk, and its number of real transitions. See chunks.wgsl.

import constants::{CHUNKS, LANES};
import package::objectives::batch::replicas;
import package::objectives::large::chunks::{chunks, range_of};
import package::objectives::live_rows::{part_of, rows_in};
import package::objectives::records::Chunk;
import package::objectives::summary::summarise;
import package::tensor::lanes::count_lanes;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let range = range_of(group.y, group.x);
  let summary = summarise(range, lane, replicas[group.y]);
  let live = count_lanes(lane, rows_in(part_of(range, lane))).total;
  if (lane == 0u) {
    chunks[group.y * CHUNKS + group.x] = Chunk(summary.mean, summary.variance, summary.log_mean_exp, summary.mean_log_reward,
      summary.mean_length, summary.effective_share, live, 0.0, vec2f(), vec2f());
  }
}
