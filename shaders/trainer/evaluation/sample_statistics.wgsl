// Statistics of trajectories sampled from the policy: ELBO and importance estimate of log Z, mean log R, mean length, and the effective
// sample size (Σw)² / (N Σw²) of the weights w = R(x) p_B(τ|x) / p_F(τ). One workgroup per replica. The replica table of an evaluation
// does not anneal, so that log R is the reward's own.

import constants::LANES;
import package::objectives::batch::{replicas, whole_batch};
import package::objectives::summary::summarise;

struct Statistics {
  mean_log_weight: f32,  // mean of log R + b − s: the ELBO of log Z
  log_mean_weight: f32,  // log mean exp(log R + b − s): importance estimate of log Z
  mean_log_reward: f32,
  mean_length: f32,
  effective_share: f32,
}

@group(0) @binding(7) var<storage, read_write> statistics: array<Statistics>;  // [replica]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let summary = summarise(whole_batch(group.x), lane, replicas[group.x]);
  if (lane == 0u) {
    statistics[group.x] = Statistics(summary.mean, summary.log_mean_exp, summary.mean_log_reward, summary.mean_length,
      summary.effective_share);
  }
}
