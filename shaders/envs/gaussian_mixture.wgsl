// Mixture of Gaussians over points of the plane (points.wgsl, fixed_ranges.wgsl, method §4):
//   R(x) = Σ_k weight_k N(x; mean_k, variance·I),  Σ_k weight_k = 1: log Z = 0
// environment_data from DENSITY on: [1/(2 · variance), log(2π · variance)], then [MODES][mean 1, mean 2, log weight]

import constants::MODES;

fn log_mode(point: vec2f, mode: u32) -> f32 {
  let start = DENSITY + 2u + 3u * mode;
  let difference = point - vec2f(environment_data[start], environment_data[start + 1u]);
  return environment_data[start + 2u] - dot(difference, difference) * environment_data[DENSITY];
}

fn log_reward(state: State) -> f32 {
  let point = vec2f(coordinate(state, 0u), coordinate(state, 1u));
  var highest = -1e30;
  for (var mode = 0u; mode < MODES; mode++) {
    highest = max(highest, log_mode(point, mode));
  }
  var sum = 0.0;
  for (var mode = 0u; mode < MODES; mode++) {
    sum += exp(log_mode(point, mode) - highest);
  }
  return highest + log(sum) - environment_data[DENSITY + 1u];
}
