// The batch mean as baseline of term B:  mean ∇f + mean (f − f̄)∇s.  Earlier work used it; it shrinks term B by a factor (N−1)/N.

fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  return vec2f(scale * (terms.x * f + terms.y + f - mean) / batch, 0.0);
}
