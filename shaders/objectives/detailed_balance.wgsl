// Detailed balance:  d = log F(s) + log p_F(s′ | s) − log F(s′) − log p_B(s | s′),  F(x) = R(x)
// (Bengio et al., GFlowNet Foundations, 2023; method §2, balance losses).

import package::sampler::records::Transition;
import package::sampler::replica::Replica;

fn residual(t: Transition, next_log_flow: f32, settings: Replica) -> f32 {
  return -(next_log_flow + t.log_backward - t.log_flow - t.log_forward);
}
