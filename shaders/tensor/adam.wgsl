// Adam (Kingma and Ba, ICLR 2015, algorithm 1, in PyTorch's order of operations), for four numbers at a time:
//   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   p ← p − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε).

// 1 − β and log β come from float64: in float32, 1 − β₂ loses three of β₂'s digits.
struct Betas {
  beta: vec2f,      // β₁, β₂
  rest: vec2f,      // 1 − β₁, 1 − β₂
  log_beta: vec2f,
}

struct Moments {
  first: vec4f,
  second: vec4f,
}

// PyTorch's defaults.
const BETA1 = 0.9;
const BETA2 = 0.999;
const DEFAULT_BETAS = Betas(vec2f(BETA1, BETA2), vec2f(1.0 - BETA1, 1.0 - BETA2), vec2f(log(BETA1), log(BETA2)));
const DEFAULT_EPSILON = 1e-8;

// The moments after a gradient.
fn updated_moments(moments: Moments, gradient: vec4f, betas: Betas) -> Moments {
  return Moments(
    betas.beta.x * moments.first + betas.rest.x * gradient,
    betas.beta.y * moments.second + betas.rest.y * gradient * gradient,
  );
}

// The change to subtract from the parameters, given the moments after the gradient.
fn parameter_change(moments: Moments, rate: f32, corrections: vec2f, epsilon: f32) -> vec4f {
  return rate * moments.first * corrections.x / (sqrt(moments.second * corrections.y) + epsilon);
}

// 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ) for t = step + 1: steps count from 0.
fn bias_corrections(step: u32, betas: Betas) -> vec2f {
  let t = f32(step + 1u);
  return 1.0 / vec2f(one_minus_power(betas.log_beta.x, t), one_minus_power(betas.log_beta.y, t));
}

// 1 − βᵗ. Where t · log β is small, the subtraction would cancel, and a series stands in for it.
fn one_minus_power(log_beta: f32, t: f32) -> f32 {
  let x = -t * log_beta;
  let series = x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0)))));
  // Adapters differ on exp(−x) for a large x; beyond 87 it is nothing beside 1.
  return select(1.0 - exp(-min(x, 87.0)), series, x < 0.25);
}

// Polynomial decay of a rate: rate · (1 − step / steps)^power, and 0 from `steps` on.
fn decayed_rate(rate: f32, power: f32, step: u32, steps: f32) -> f32 {
  let remaining = max(0.0, 1.0 - f32(step) / steps);
  return rate * select(pow(max(remaining, 1e-30), power), 0.0, remaining == 0.0 && power > 0.0);
}
