// Tsallis-α:  ∇T_α ∝ E[∇g + g∇s] / (α − 1),  g = exp((1 − α)(b + ρ − s)),  ∇g = (α − 1) g ∇s  (method §2).
// The constant Z^{1−α} is left out. Unlike Rényi's, the gradient's norm scales with g.
// T_α is negative below α = 0, so training minimises −T_α there: hence the sign of α.

import package::objectives::power::{mean_power, power, power_terms};
import package::parameters::alpha;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return (1.0 - alpha(settings)) * ((t.log_reward - settings.log_reward_shift) + t.log_backward - t.log_forward);
}

// No shift: a shift that differs between batches would weigh the batches differently.
fn shift(highest: f32) -> f32 {
  return 0.0;
}

fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 {
  return power(shifted_exponent, alpha(settings));
}

fn gradient_terms(settings: Replica) -> vec2f {
  return power_terms(alpha(settings));
}

// p_B moves through ∇f alone.
fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 {
  return 0.0;
}

fn scale(mean: f32, settings: Replica) -> f32 {
  return sign(alpha(settings)) / (alpha(settings) - 1.0);
}

// The divergence with R/r̄ in place of R/Z.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return sign(alpha(settings)) * (mean_power(means.x, alpha(settings)) - 1.0) / (alpha(settings) - 1.0);
}
