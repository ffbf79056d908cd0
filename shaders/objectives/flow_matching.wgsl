// Flow matching:  d = log Σ_{edges into s} F(edge) − log Σ_{edges out of s} F(edge),  with R(x) / r̄ as the flow out of a terminal state x
// (Bengio et al., Flow network based generative models, NeurIPS 2021; method §2, balance losses).

import package::sampler::replica::Replica;

fn residual(log_inflow: f32, log_outflow: f32, settings: Replica) -> f32 {
  return log_inflow - log_outflow;
}
