// Huber's loss:  g(d) = d²/2 for |d| ≤ δ, else δ (|d| − δ/2);  g′(d) is d clipped to ±δ  (method §5.1).

import package::parameters::delta;
import package::sampler::replica::Replica;

fn loss(d: f32, settings: Replica) -> f32 {
  let limit = delta(settings);
  return select(limit * (abs(d) - 0.5 * limit), 0.5 * d * d, abs(d) <= limit);
}

// The clip hides a residual that is not finite, but the loss is then not finite either, and training reports the fault.
fn slope(d: f32, settings: Replica) -> f32 {
  let limit = delta(settings);
  return clamp(d, -limit, limit);
}
