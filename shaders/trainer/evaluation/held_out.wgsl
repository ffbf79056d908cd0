// What SAMPLES backward trajectories τ ~ p_B(·|x) of a held-out object x tell about the policy (method §4): log p_T(x), log R(x),
// the mean of log R(x) + log p_B(τ|x) − log p_F(τ), whose expectation over x ~ π is an upper bound of log Z, and log p_T(x) from the
// first half of the trajectories, which shows how noisy the estimate is. One invocation per object.

import constants::{HELD_OUT, SAMPLES};
import package::trainer::evaluation::log_probability::{log_probability, log_ratio, trajectories};

@group(0) @binding(0) var<storage, read_write> estimates: array<vec4f>;      // [replica][HELD_OUT]: (log p_T, log R, mean log weight, log p_T of half)

const HALF = max(1u, SAMPLES / 2u);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= HELD_OUT) {
    return;
  }
  let object = id.y * HELD_OUT + id.x;
  let first = object * SAMPLES;
  var sum = 0.0;
  for (var k = first; k < first + SAMPLES; k++) {
    sum += log_ratio(k);
  }
  let log_reward = trajectories[first].log_reward;
  estimates[object] = vec4f(log_probability(first, first + SAMPLES), log_reward, log_reward - sum / f32(SAMPLES),
    log_probability(first, first + HALF));
}
