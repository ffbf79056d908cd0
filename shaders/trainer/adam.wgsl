// Adam (Kingma and Ba, 2015) with PyTorch's defaults, and the polynomial decay of its rate (method §4).

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

fn decayed(rate: f32, power: f32, step: u32, steps: f32) -> f32 {
  let remaining = max(0.0, 1.0 - f32(step) / steps);
  return rate * select(pow(max(remaining, 1e-30), power), 0.0, remaining == 0.0 && power > 0.0);
}

// 1 − β^t without cancellation: a series where t·log β is small. (1 − β₂ itself loses 14 bits in f32.)
fn one_minus_power(log_beta: f32, t: f32) -> f32 {
  let x = -t * log_beta;
  let series = x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0 * (1.0 - x / 6.0)))));
  return select(1.0 - exp(-x), series, x < 0.25);
}

// 1 / (1 − β₁^t) and 1 / (1 − β₂^t) for the step counted from 0.
fn bias_corrections(step: u32) -> vec2f {
  let t = f32(step + 1u);
  return 1.0 / vec2f(one_minus_power(log(BETA1), t), one_minus_power(log(BETA2), t));
}

// For one number: (how much to subtract, first moment, second moment).
fn adam_step(gradient: f32, moments: vec2f, rate: f32, step: u32) -> vec3f {
  let first = BETA1 * moments.x + (1.0 - BETA1) * gradient;
  let second = BETA2 * moments.y + (1.0 - BETA2) * gradient * gradient;
  let corrections = bias_corrections(step);
  return vec3f(rate * first * corrections.x / (sqrt(second * corrections.y) + EPSILON), first, second);
}
