// Statistics of trajectories sampled from the policy: ELBO and importance estimate of log Z, mean log R, mean length.
// One workgroup per replica.

import constants::LANES;
import package::objectives::batch::metrics;
import package::objectives::records::Metrics;
import package::objectives::summary::summarise;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let summary = summarise(group.x, lane);
  if (lane == 0u) {
    metrics[group.x] = Metrics(0.0, summary.mean, summary.variance, summary.log_mean_exp, summary.mean_log_reward,
      summary.mean_length, 0.0, 1.0);
  }
}
