// Reverse KL(P_F ‖ P_B):  E[∇s + f∇s],  f = s − b − ρ  (method §2). No exponential, scale 1.

import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return 0.0;
}

fn shift(highest: f32) -> f32 {
  return 0.0;
}

fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 {
  return t.log_forward - t.log_backward - (t.log_reward - settings.log_reward_shift);
}

// ∇f = ∇s
fn gradient_terms(settings: Replica) -> vec2f {
  return vec2f(0.0, 1.0);
}

// p_B moves through ∇f alone.
fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 {
  return 0.0;
}

fn scale(mean: f32, settings: Replica) -> f32 {
  return 1.0;
}

// The divergence without the constant log Z.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return -mean_log_weight;
}
