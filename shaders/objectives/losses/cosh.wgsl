// Shifted cosh:  g(d) = e^d + e^−d − 2,  g′(d) = e^d − e^−d  (method §5.1). Near 0 both formulas lose digits, so a series replaces them.

import package::sampler::replica::Replica;

const SMALL = 0.25;

fn loss(d: f32, settings: Replica) -> f32 {
  let x = d * d;
  let series = x * (1.0 + x / 12.0 * (1.0 + x / 30.0 * (1.0 + x / 56.0)));
  return select(exp(d) + exp(-d) - 2.0, series, abs(d) < SMALL);
}

fn slope(d: f32, settings: Replica) -> f32 {
  let x = d * d;
  let series = 2.0 * d * (1.0 + x / 6.0 * (1.0 + x / 20.0 * (1.0 + x / 42.0)));
  return select(exp(d) - exp(-d), series, abs(d) < SMALL);
}
