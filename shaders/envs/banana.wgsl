// Banana-shaped density over points of the plane (points.wgsl, fixed_ranges.wgsl, method §4):
//   R(x) = N([x_1, x_2 + x_1² + 1]; 0, [[1, c], [c, 1]]),  c = .9
// This is a change of variables with determinant 1, so log Z = 0.
// environment_data from DENSITY on: [c, 1/(2(1 − c²)), log(2π √(1 − c²))]

// Computed as p(u_1) p(u_2 | u_1), because the quadratic form suffers cancellation for large u_1 and u_2.
fn log_reward(state: State) -> f32 {
  let x = vec2f(coordinate(state, 0u), coordinate(state, 1u));
  let u2 = x.y + x.x * x.x + 1.0;
  let rest = u2 - environment_data[DENSITY] * x.x;
  return -0.5 * x.x * x.x - rest * rest * environment_data[DENSITY + 1u] - environment_data[DENSITY + 2u];
}
