// Linex loss:  g(d) = (e^{ad} − ad − 1) / a²,  g′(d) = (e^{ad} − 1) / a  (method §5.1). It weighs residuals of one sign more: for a > 0
// trajectories that the policy samples too often, for a < 0 those that it samples too rarely. Near 0 a series replaces both formulas,
// which lose digits there.

import package::parameters::skew;
import package::sampler::replica::Replica;

const SMALL = 0.25;

fn loss(d: f32, settings: Replica) -> f32 {
  let a = skew(settings);
  let x = a * d;
  let series = d * d * (0.5 + x / 6.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0))));
  return select((exp(x) - x - 1.0) / (a * a), series, abs(x) < SMALL);
}

fn slope(d: f32, settings: Replica) -> f32 {
  let a = skew(settings);
  let x = a * d;
  let series = d * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0))));
  return select((exp(x) - 1.0) / a, series, abs(x) < SMALL);
}
