// Many wells over points of n dimensions (points.wgsl), n even: a double well for each pair of coordinates (a, b),
//   log R(x) = Σ_pairs (−a⁴ + 6 a² + a/2 − b²/2)

fn log_reward(state: State) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < COUNT; k += 2u) {
    let a = coordinate(state, k);
    let b = coordinate(state, k + 1u);
    sum += ((6.0 - a * a) * a + 0.5) * a - 0.5 * b * b;
  }
  return sum;
}
