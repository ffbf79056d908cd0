// The policy's log-probability of an object x, from backward trajectories τ ~ p_B(·|x) of it (method §4):
//   log p_T(x) = log E[p_F(τ)/p_B(τ|x)],  with the expectation as a mean over trajectories, shifted by the largest term.

import package::sampler::records::Trajectory;

@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;    // [replica][object][SAMPLES]

// The estimate from trajectories [first, end), which all end in x.
fn log_probability(first: u32, end: u32) -> f32 {
  var highest = -1e30;
  for (var k = first; k < end; k++) {
    highest = max(highest, log_ratio(k));
  }
  var total = 0.0;
  for (var k = first; k < end; k++) {
    total += exp(log_ratio(k) - highest);
  }
  return highest + log(total / f32(end - first));
}

// log p_F(τ)/p_B(τ|x)
fn log_ratio(k: u32) -> f32 {
  return trajectories[k].log_forward - trajectories[k].log_backward;
}
