// What SAMPLES backward trajectories τ ~ p_B(·|x) of a held-out object x tell of the policy (method §4):
//   log p_T(x) = log E[p_F(τ)/p_B(τ|x)],   mean of log R(x) + log p_B(τ|x) − log p_F(τ), whose mean over x ~ π bounds log Z from above.
// One invocation per object.

import constants::{HELD_OUT, SAMPLES};
import package::sampler::records::Trajectory;

@group(0) @binding(0) var<storage, read> trajectories: array<Trajectory>;    // [replica][HELD_OUT · SAMPLES]
@group(0) @binding(1) var<storage, read_write> estimates: array<vec4f>;      // [replica][HELD_OUT]: (log p_T, log R, mean log weight, 0)

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= HELD_OUT) {
    return;
  }
  let object = id.y * HELD_OUT + id.x;
  let first = object * SAMPLES;
  var highest = -1e30;
  var sum = 0.0;
  for (var k = 0u; k < SAMPLES; k++) {
    let t = trajectories[first + k];
    highest = max(highest, t.log_forward - t.log_backward);
    sum += t.log_forward - t.log_backward;
  }
  var total = 0.0;
  for (var k = 0u; k < SAMPLES; k++) {
    let t = trajectories[first + k];
    total += exp(t.log_forward - t.log_backward - highest);
  }
  let log_reward = trajectories[first].log_reward;
  estimates[object] = vec4f(highest + log(total / f32(SAMPLES)), log_reward, log_reward - sum / f32(SAMPLES), 0.0);
}
