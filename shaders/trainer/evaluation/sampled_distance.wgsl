// L1 where objects cannot be enumerated but the target can be sampled (method §4), for x drawn from π = R/Z:
//   L1 = Σ_x |p_T(x) − π(x)| = E_{x ~ π} |p_T(x)/π(x) − 1|,
//   p_T(x) = E_{τ ~ p_B(·|x)} [p_F(τ)/p_B(τ|x)], estimated from SAMPLES backward trajectories of x.
// One workgroup per replica.

import constants::{LANES, OBJECTS, SAMPLES};
import package::sampler::records::Trajectory;
import package::tensor::lanes::sum_lanes;

@group(0) @binding(0) var<uniform> log_z: vec4f;                              // (log Z, …)
@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;     // [replica][OBJECTS · SAMPLES]
@group(0) @binding(2) var<storage, read_write> distances: array<vec4f>;       // [replica]: (L1, its variance per object, mean log p_T/π, 0)

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  var sum = vec4f();
  for (var object = lane; object < OBJECTS; object += LANES) {
    let first = (replica * OBJECTS + object) * SAMPLES;
    var highest = -1e30;
    for (var k = first; k < first + SAMPLES; k++) {
      let t = trajectories[k];
      highest = max(highest, t.log_forward - t.log_backward);
    }
    var total = 0.0;
    for (var k = first; k < first + SAMPLES; k++) {
      let t = trajectories[k];
      total += exp(t.log_forward - t.log_backward - highest);
    }
    let log_ratio = highest + log(total / f32(SAMPLES)) - (trajectories[first].log_reward - log_z.x);
    let distance = abs(exp(min(log_ratio, 40.0)) - 1.0);
    sum += vec4f(distance, distance * distance, log_ratio, 0.0);
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u) {
    let means = total / f32(OBJECTS);
    distances[replica] = vec4f(means.x, max(0.0, means.y - means.x * means.x), means.z, 0.0);
  }
}
