// Rényi-α:  ∇R_α = E[∇g + g∇s] / ((α − 1) E[g]),  g = exp((1 − α)(b + ρ − s)),  ∇g = (α − 1) g ∇s  (method §2).
// A ratio of two batch means: log Z and any common factor of g cancel.
// R_α(P‖Q) = α/(1−α) · R_{1−α}(Q‖P) is negative below α = 0, so training minimises −R_α there: hence the sign of α.

import package::objectives::power::{log_mean_power, mean_power, power, power_terms};
import package::parameters::alpha;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return (1.0 - alpha(settings)) * ((t.log_reward - settings.log_reward_shift) + t.log_backward - t.log_forward);
}

fn shift(highest: f32) -> f32 {
  return highest;
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
  return sign(alpha(settings)) / ((alpha(settings) - 1.0) * mean_power(mean, alpha(settings)));
}

// The divergence without the constant log Z.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return sign(alpha(settings)) * ((log_mean_power(means.x, alpha(settings)) + offset) / (alpha(settings) - 1.0) - settings.log_reward_shift);
}
