// Neal's funnel over points of n dimensions (points.wgsl):
//   R(x) = N(x_1; 0, v) Π_{i ≥ 2} N(x_i; 0, e^{x_1}),  normalised: log Z = 0
// Below x_1 = −6√v, where no samples lie, the variances stay what they are there: untrained policies sample such points, and their log R is
// to be a number that can be squared.

// environment_data: [√v, log of the normalising constant √v (2π)^{n/2}, scale of x_1 as a feature, scale of the others]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

const FARTHEST = 6.0;   // in units of √v

// Standard deviations of the range from which exploration draws.
const REACH = 4.0;

fn log_reward(state: State) -> f32 {
  let x1 = coordinate(state, 0u);
  let z = x1 / environment_data[0];
  let log_variance = max(x1, -FARTHEST * environment_data[0]);
  var squares = 0.0;
  for (var k = 1u; k < COUNT; k++) {
    let x = coordinate(state, k);
    squares += x * x * exp(-log_variance);
  }
  return -0.5 * (z * z + squares + (f32(HORIZON) - 1.0) * log_variance) - environment_data[1];
}

fn exploration_range(state: State) -> vec2f {
  let farthest = FARTHEST * environment_data[0];
  let x1 = clamp(coordinate(state, 0u), -farthest, farthest);
  let reach = REACH * select(exp(0.5 * x1), environment_data[0], state[COUNT] == 0u);
  return vec2f(-reach, reach);
}

fn feature_scale(k: u32) -> f32 {
  return environment_data[select(3u, 2u, k == 0u)];
}
