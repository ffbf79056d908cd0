// The batch mean as a baseline on term B:  mean ∇f + mean (f − f̄)∇s.  Biased by a factor (N−1)/N; earlier work used it.

fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  return vec2f(scale * (terms.x * f + terms.y + f - mean) / batch, 0.0);
}
