// Divergences: scale · E[∇f + f∇s] as coefficients c_n of Σ_n c_n ∇s_n (method §1–3).
//
// This kernel runs one workgroup per replica and orders the sums; divergence_terms.wgsl says what is summed. Batches of many thousands are
// shared by workgroups, in the kernels of large/*.wgsl.

import constants::{BATCH, LANES};
import package::objectives::batch::{replicas, whole_batch};
import package::objectives::divergence_terms::{compare, conclude, highest_exponent, offset_of, sums_of_terms, weigh};
import package::objectives::live_rows::compact;
import package::objectives::summary::{effective_share, summarise};
import package::tensor::lanes::{max_lanes, sum_lanes};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let range = whole_batch(replica);
  let live = compact(replica, range, 0u, lane);
  let summary = summarise(range, lane, settings);
  effective_share = summary.effective_share;
  let highest = max_lanes(lane, highest_exponent(range, lane, settings));
  let offset = offset_of(highest, replica, summary, settings);
  let means = sum_lanes(lane, sums_of_terms(range, lane, offset, settings)) / f32(BATCH);
  let against = compare(means.xy, offset, replica, summary, settings);
  weigh(range, lane, against, settings);
  // Lane 0 changes log Z, which every lane has just compared with.
  @if(learns_log_z) workgroupBarrier();
  if (lane == 0u) {
    conclude(replica, live, summary, against, settings);
  }
}
