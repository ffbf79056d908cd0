// Jensen–Shannon divergence, ½ KL(P_F ‖ M) + ½ KL(P_B ‖ M) with M the mean of both:  ∇JSD = E[f∇s],  f = −½ log((1 + w)/2),
// w = p_B R / (p_F Z) = e^x  (method §5.1). It is bounded and symmetric. It depends on Z, so it is `normalised`: the kernel takes log Z
// (learned, or estimated from the batch) from every exponent x.

import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

const SMALL = 0.25;

// log cosh y. Near 0 its formula loses digits, so a series replaces it.
fn log_cosh(y: f32) -> f32 {
  if (abs(y) < SMALL) {
    let z = y * y;
    return z * (0.5 - z * (1.0 / 12.0 - z * (1.0 / 45.0 - z * (17.0 / 2520.0))));
  }
  return abs(y) + log((1.0 + exp(-2.0 * abs(y))) / 2.0);
}

fn exponent(t: Trajectory, settings: Replica) -> f32 {
  return (t.log_reward - settings.log_reward_shift) + t.log_backward - t.log_forward;
}

// (1 + e^x)/2 = e^{x/2} cosh(x/2)
fn value(t: Trajectory, x: f32, settings: Replica) -> f32 {
  return -0.5 * (0.5 * x + log_cosh(0.5 * x));
}

// f is a function of w alone, and E[∇f] is part of it already.
fn gradient_terms(settings: Replica) -> vec2f {
  return vec2f(0.0, 0.0);
}

// A term of the loss: f + ½ w log(2w/(1 + w)), whose mean is the divergence.
fn term(f: f32, x: f32) -> f32 {
  // Where exp overflows, f tells that the numbers are out of range.
  return f + exp(min(x, 80.0)) * (f + 0.5 * x);
}

// E[½ w log(2w/(1 + w)) ∇b], because w depends on a learned p_B. f gives back w.
fn backward_term(f: f32, mean: f32, deviation: f32) -> f32 {
  let w = max(2.0 * exp(-2.0 * f) - 1.0, 1e-30);
  return w * (f + 0.5 * log(w));
}

fn scale(mean: f32, settings: Replica) -> f32 {
  return 1.0;
}

fn loss(means: vec2f, offset: f32, mean_log_weight: f32, settings: Replica) -> f32 {
  return means.y;
}
