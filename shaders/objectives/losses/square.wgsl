// g(d) = d²

import package::sampler::replica::Replica;

fn loss(d: f32, settings: Replica) -> f32 {
  return d * d;
}

fn slope(d: f32, settings: Replica) -> f32 {
  return 2.0 * d;
}
