// L1 where objects cannot be listed but the target π = R/Z can be sampled (method §5.6), for objects x ~ π:
//   L1 = Σ_x |p_T(x) − π(x)| = 2 − 2 Σ_x min(p_T(x), π(x)) = 2 E_{x ~ π}[max(0, 1 − p_T(x)/π(x))],
// with log p_T(x) of log_probability.wgsl, from SAMPLES backward trajectories of x.
// Every object adds a number from 0 to 2. The mean of |p_T/π − 1|, which is L1 too, has a tail that no sample of π sees: it reads
// 1 for a policy whose objects are elsewhere, and this form reads 2.
// One workgroup per replica.

import constants::{LANES, OBJECTS, SAMPLES};
import package::tensor::finite::is_finite;
import package::tensor::lanes::sum_lanes;
import package::trainer::evaluation::log_probability::{log_probability, trajectories};

@group(0) @binding(0) var<uniform> log_z: vec4f;                              // (log Z, …)
@group(0) @binding(2) var<storage, read_write> distances: array<vec4f>;       // [replica]: see SampledDistance in sampled.ts

// Half of an object's trajectories: noise in p_T(x) raises the distance, and the distance from halves shows by how much.
const HALF = SAMPLES / 2u;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  var sum = vec4f();
  for (var object = lane; object < OBJECTS; object += LANES) {
    let first = (replica * OBJECTS + object) * SAMPLES;
    let log_target = trajectories[first].log_reward - log_z.x;
    let halves = vec2f(log_probability(first, first + HALF), log_probability(first + HALF, first + SAMPLES)) - log_target;
    let ratios = exp(min(halves, vec2f(80.0)));
    let distance = 2.0 * max(0.0, 1.0 - 0.5 * (ratios.x + ratios.y));
    let of_halves = max(vec2f(), 1.0 - ratios);
    let broken = !is_finite(halves.x) || !is_finite(halves.y);
    sum += vec4f(distance, distance * distance, of_halves.x + of_halves.y, select(0.0, 1.0, broken));
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u) {
    let means = total / f32(OBJECTS);
    distances[replica] = vec4f(means.x, max(0.0, means.y - means.x * means.x), means.z, total.w);
  }
}
