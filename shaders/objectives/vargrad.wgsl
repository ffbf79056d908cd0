// Log-variance or VarGrad loss:  the batch's variance of d = s − b − log R  (method §2, balance losses): trajectory balance with
// the log Z that is best for the batch.
//   gradient: c_n = 2 (d_n − d̄) / N on ∇s_n, its negative on ∇b_n.

import constants::{BATCH, LANES};
import package::objectives::batch::{coefficients, log_weight, outcomes, replicas, trajectories};
import package::objectives::records::Outcome;
import package::objectives::live_rows::compact;
import package::objectives::summary::{finish_step, summarise};

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  let settings = replicas[replica];
  let summary = summarise(replica, lane);
  for (var n = replica * BATCH + lane; n < (replica + 1u) * BATCH; n += LANES) {
    let deviation = summary.mean - log_weight(trajectories[n]);
    coefficients[n] = vec2f(2.0, -2.0) * deviation / f32(BATCH);
  }
  let live = compact(replica, lane);
  if (lane == 0u) {
    outcomes[replica] = Outcome(live, settings.step, 1.0, 0.0, vec2f(), vec2f());
    finish_step(replica, summary, summary.variance, 1.0);
  }
}
