// Leave-one-out baseline on term B (method §3.2):  mean ∇f + δ(f),
//   δ(f) = 1/N Σ_n (f_n − 1/(N−1) Σ_{m≠n} f_m) ∇s_n = 1/(N−1) Σ_n (f_n − f̄) ∇s_n.  Unbiased.

fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  return vec2f(scale * ((terms.x * f + terms.y) / batch + (f - mean) / (batch - 1.0)), 0.0);
}
