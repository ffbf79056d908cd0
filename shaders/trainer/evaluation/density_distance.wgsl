// Jensen–Shannon divergence between the density p_T of the policy's objects and the target π = R/Z, from samples of both:
//   JS = ½ E_{x ~ p_T}[log p_T/m] + ½ E_{x ~ π}[log π/m],  m = (p_T + π)/2,  in nats; at most log 2.
// Every object has one trajectory, so p_T(x) = p_F(τ)/p_B(τ|x). One workgroup per replica.

import constants::{LANES, OBJECTS};
import package::sampler::records::Trajectory;
import package::tensor::lanes::sum_lanes;

@group(0) @binding(0) var<uniform> log_z: vec4f;                        // (log Z, …)
@group(0) @binding(1) var<storage, read> sampled: array<Trajectory>;    // [replica][OBJECTS]: x ~ p_T
@group(0) @binding(2) var<storage, read> replayed: array<Trajectory>;   // [replica][OBJECTS]: x ~ π
@group(0) @binding(3) var<storage, read_write> distances: array<vec4f>; // [replica]: (JS, its standard error, 0, 0)

const LOG_2 = 0.6931471805599453;

// log p_T(x)/π(x)
fn log_ratio(t: Trajectory) -> f32 {
  return t.log_forward - t.log_backward - t.log_reward + log_z.x;
}

// log p/m = log 2 − log(1 + q/p), from log q/p
fn log_share(log_other: f32) -> f32 {
  return LOG_2 - max(log_other, 0.0) - log(1.0 + exp(-abs(log_other)));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  var sum = vec4f();
  for (var object = lane; object < OBJECTS; object += LANES) {
    let ours = log_share(-log_ratio(sampled[replica * OBJECTS + object]));
    let theirs = log_share(log_ratio(replayed[replica * OBJECTS + object]));
    sum += vec4f(ours, theirs, ours * ours, theirs * theirs);
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u) {
    let means = total / f32(OBJECTS);
    let variances = max(vec2f(), means.zw - means.xy * means.xy);
    distances[replica] = vec4f(0.5 * (means.x + means.y), 0.5 * sqrt((variances.x + variances.y) / f32(OBJECTS)), 0.0, 0.0);
  }
}
