// In the place of an objective: unit coefficients, so that a batch's gradient is Σ_n ∇s_n, and a part of it that holds one
// trajectory is that trajectory's score ∇s_n.

import constants::{BATCH, LANES};
import package::objectives::batch::{coefficients, outcomes, replicas};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{finish_step, summarise};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  for (var n = lane; n < BATCH; n += LANES) {
    coefficients[replica * BATCH + n] = vec2f(1.0, 0.0);
  }
  let live = compact(replica, lane);
  let summary = summarise(replica, lane);
  if (lane == 0u) {
    outcomes[replica] = Outcome(live, replicas[replica].step, 1.0, 0.0, vec2f(), vec2f());
    finish_step(replica, summary, 0.0, 1.0);
  }
}
