// The divergence as a balance loss (method §5.1): E[∇f + f∇s] = E[h∇s] with h = (κ_f + 1) f + κ_1, and h less its value h₀ at
// d = s − b − log R + log Z = 0 is g′(d) of a loss E_q[g(d)] whose only minimum is the target, whatever q samples the trajectories:
//   c_n = scale · (κ_f + 1) (f_n − f₀) / N.
// `learns_log_z`: f₀ is f at the learned log Z. Otherwise log Z is profiled: the one that is best for the batch has f₀ = f̄, and N − 1
// in place of N makes up for the mean that is taken from the same batch.

fn coefficient(f: f32, reference: f32, terms: vec2f, scale: f32, batch: f32) -> vec2f {
  @if(learns_log_z) let count = batch;
  @else let count = batch - 1.0;
  return vec2f(scale * (terms.x + 1.0) * (f - reference) / count, 0.0);
}
