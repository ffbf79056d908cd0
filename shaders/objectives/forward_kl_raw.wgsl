// Forward KL(P_B ‖ P_F) with raw importance weights: ∝ −E[w∇s],  w = exp(b + ρ − s) detached (method §2).
// Unbiased up to the constant Z/r̄, while self-normalised weights (forward_kl.wgsl) have a bias of O(1/N). But the gradient's norm
// scales with the batch's weights.

import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return (t.log_reward - settings.log_reward_shift) + t.log_backward - t.log_forward;
}

// No shift: a shift that differs between batches would weigh the batches differently.
fn shift(highest: f32) -> f32 {
  return 0.0;
}

fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 {
  return -exp(shifted_exponent);
}

// w is detached: there is no ∇f.
fn gradient_terms(settings: Replica) -> vec2f {
  return vec2f(0.0, 0.0);
}

// E_{P_B}[ℓ ∇b] with ℓ = log(p_B R / p_F), as with self-normalised weights; w = −f.
fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 {
  return -f * deviation;
}

fn scale(mean: f32, settings: Replica) -> f32 {
  return 1.0;
}

// Self-normalised estimate of E_{P_B}[log R + b − s], the divergence without the constant log Z.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return means.y / means.x;
}
