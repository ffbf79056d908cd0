// Neal's funnel over points of n dimensions (points.wgsl):
//   R(x) = N(x_1; 0, v) Π_{i ≥ 2} N(x_i; 0, e^{x_1}),  normalised: log Z = 0

// environment_data: [√v, log of the normalising constant √v (2π)^{n/2}, scale of x_1 as a feature, scale of the others]
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

// e^{x_1} as the target has it, except where no sample of it lies: there a policy's points must have a finite log R.
const MOST_EXPONENT = 60.0;

// Standard deviations of the range from which exploration draws.
const REACH = 4.0;

fn log_reward(state: State) -> f32 {
  let x1 = coordinate(state, 0u);
  let z = x1 / environment_data[0];
  let inverse_variance = exp(-max(x1, -MOST_EXPONENT));
  var squares = 0.0;
  for (var k = 1u; k < COUNT; k++) {
    let x = coordinate(state, k);
    squares += x * x * inverse_variance;
  }
  return -0.5 * (z * z + squares + (f32(HORIZON) - 1.0) * x1) - environment_data[1];
}

fn exploration_range(state: State) -> vec2f {
  let x1 = clamp(coordinate(state, 0u), -MOST_EXPONENT, MOST_EXPONENT);
  let reach = REACH * select(exp(0.5 * x1), environment_data[0], state[COUNT] == 0u);
  return vec2f(-reach, reach);
}

fn feature_scale(k: u32) -> f32 {
  return environment_data[select(3u, 2u, k == 0u)];
}
