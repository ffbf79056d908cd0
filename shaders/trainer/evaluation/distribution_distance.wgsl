// Distances between the exact terminating distribution p_T and the target π = R/Z over all objects x:
//   L1 = Σ_x |p_T(x) − π(x)|,   JS = ½ Σ_x p_T log(p_T/m) + ½ Σ_x π log(π/m),  m = (p_T + π)/2,
// and Σ_x p_T(x) and Σ_x π(x), which are 1 where the environment is right. Objects are the terminal states that trajectories
// reach. One workgroup per replica; log Z comes from the host's exact formula.

import constants::{LANES, STATES};
import package::environment::{is_terminal, log_reward, state_at};
import package::tensor::finite::is_finite;
import package::tensor::lanes::sum_lanes;

@group(0) @binding(0) var<uniform> log_z: vec4f;                     // (log Z, …)
@group(0) @binding(1) var<storage, read> mass: array<f32>;           // [replica][STATES]
@group(0) @binding(2) var<storage, read> reached: array<u32>;        // [STATES]: 0 where no trajectory leads
@group(0) @binding(3) var<storage, read_write> distances: array<vec4f>;  // [replica]: (L1, JS, Σ p_T, Σ π)

// Σ π is added up in blocks of as many objects: one long sum of equal float32 terms would be off by up to a thousandth.
const BLOCK = 256u;

// p log(p/m), and its limit 0 at p = 0.
fn entropy_term(p: f32, m: f32) -> f32 {
  return select(0.0, p * log(max(p, 1e-37) / m), p > 1e-37);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.x;
  var sum = vec4f();
  var block = 0.0;
  var objects = 0u;
  for (var index = lane; index < STATES; index += LANES) {
    let state = state_at(index);
    if (reached[index] != 0u && is_terminal(state)) {
      let p = mass[replica * STATES + index];
      let pi = exp(log_reward(state) - log_z.x);
      let m = max(0.5 * (p + pi), 1e-37);
      sum += vec4f(abs(p - pi), 0.5 * (entropy_term(p, m) + entropy_term(pi, m)), p, 0.0);
      block += pi;
      objects += 1u;
      if (objects % BLOCK == 0u) {
        sum.w += block;
        block = 0.0;
      }
    }
  }
  let total = sum_lanes(lane, sum + vec4f(0.0, 0.0, 0.0, block));
  if (lane == 0u) {
    distances[replica] = total;
    // The comparisons of JS hide a p_T that is not finite.
    if (!is_finite(total.z)) {
      distances[replica].y = total.z;
    }
  }
}
