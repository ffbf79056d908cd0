// f of the divergences of order α: g = exp(x) with x = (1 − α)(b + ρ − s), and near α = 1 g − 1, which has all of g's digits there.
// With ∇g = (α − 1) g ∇s, ∇f = (κ_f f + κ_1)∇s has κ_1 = 0, and near α = 1 κ_1 = κ_f = α − 1.

// As NEAR_ONE in packages/objectives/src/divergences.ts.
const NEAR_ONE = 1e-3;
// Below this, exp(x) − 1 would lose digits.
const SMALL = 0.25;

fn is_near_one(alpha: f32) -> bool {
  return abs(alpha - 1.0) < NEAR_ONE;
}

fn power(x: f32, alpha: f32) -> f32 {
  if (!is_near_one(alpha)) {
    return exp(x);
  }
  if (abs(x) < SMALL) {
    return x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0)))));
  }
  return exp(x) - 1.0;
}

fn power_terms(alpha: f32) -> vec2f {
  return vec2f(alpha - 1.0, select(0.0, alpha - 1.0, is_near_one(alpha)));
}

// The mean of g, from the mean of f.
fn mean_power(mean: f32, alpha: f32) -> f32 {
  return select(mean, 1.0 + mean, is_near_one(alpha));
}

// log of the mean of g.
fn log_mean_power(mean: f32, alpha: f32) -> f32 {
  if (!is_near_one(alpha) || abs(mean) >= SMALL) {
    return log(mean_power(mean, alpha));
  }
  // log(1 + m) = 2 artanh(m / (2 + m))
  let r = mean / (2.0 + mean);
  let s = r * r;
  return 2.0 * r * (1.0 + s * (1.0 / 3.0 + s * (1.0 / 5.0 + s / 7.0)));
}
