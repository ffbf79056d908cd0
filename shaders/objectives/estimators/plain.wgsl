// No control variate (plain REINFORCE):  mean ∇f + mean f∇s.

fn coefficient(f: f32, mean: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  return vec2f(scale * (terms.x * f + terms.y + f) / batch, 0.0);
}
