// The paper's estimator (method §3): the score as control variate of term A, leave-one-out on term B,
//   G = scale · { mean ∇f − â · mean ∇s + δ(f) },   â = ⟨Σ∇s, Σ∇f⟩ / (ε + ‖Σ∇s‖²)  over all parameters.
//
// The backward pass accumulates two channels, U = Σ (f_n − f̄)∇s_n and S = Σ ∇s_n. With ∇f = (κ_f f + κ_1)∇s,
//   Σ∇f = κ_f U + (κ_f f̄ + κ_1) S,   δ(f) = U/(N−1),
// and â cancels the S part of Σ∇f except for a fraction ε/(ε + ‖S‖²). `combine` uses this closed form, so that it never subtracts
// one large number from another, however far f̄ is from zero.
//
// â is fitted to the batch that it corrects. This is harmless for the KL divergences, whose true term A is zero. For Rényi and
// Tsallis â also removes a part of the true term A, a bias that does not vanish with N. `loo` has no such bias.

import package::objectives::records::Outcome;

const EPSILON = 1e-8;

fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  return vec2f(f - mean, 1.0);
}

// products: (⟨S, U⟩, ‖S‖²)
fn combine(u: vec4f, s: vec4f, products: vec2f, outcome: Outcome, batch: f32) -> vec4f {
  let denominator = EPSILON + products.y;
  let terms = outcome.gradient_terms;
  let term_a = terms.x * (u - products.x / denominator * s) + (terms.x * outcome.mean + terms.y) * (EPSILON / denominator) * s;
  return outcome.scale * (term_a / batch + u / (batch - 1.0));
}
