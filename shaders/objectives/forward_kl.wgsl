// Forward KL(P_B ‖ P_F):  ∝ −E[w∇s],  w = exp(b + ρ − s) detached, self-normalised (method §2). The ratio w = p_B R / p_F is that of
// the paper's Appendix C.3; its main text prints the ratio upside down.

import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return (t.log_reward - settings.log_reward_shift) + t.log_backward - t.log_forward;
}

// Dividing all weights by the largest leaves self-normalised weights unchanged.
fn shift(highest: f32) -> f32 {
  return highest;
}

fn value(t: Trajectory, shifted_exponent: f32, settings: Replica) -> f32 {
  return -exp(shifted_exponent);
}

// w is detached: there is no ∇f.
fn gradient_terms(settings: Replica) -> vec2f {
  return vec2f(0.0, 0.0);
}

// E_{P_B}[ℓ ∇b] with ℓ = log(p_B R / p_F), because the distribution P_B of the expectation depends on a learned p_B. f / mean is
// w / mean w; `deviation` is ℓ minus its weighted mean, which serves as baseline.
fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 {
  return f / mean * deviation;
}

// 1 / mean w
fn scale(mean: f32, settings: Replica) -> f32 {
  return -1.0 / mean;
}

// Self-normalised estimate of E_{P_B}[log R + b − s], the divergence without the constant log Z.
fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return means.y / means.x;
}
