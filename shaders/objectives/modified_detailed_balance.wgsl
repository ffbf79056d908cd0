// Modified detailed balance, for environments in which every state s is an object of reward R(s) and has a stop action:
//   d = log R(s) + log p_F(s′ | s) + log p_F(stop | s′) − log R(s′) − log p_B(s | s′) − log p_F(stop | s)
// (Deleu et al., Bayesian structure learning with generative flow networks, UAI 2022; method §2, balance losses). It is detailed balance
// with log F(s) = log R(s) − log p_F(stop | s), which the rollout records, so that no flow is learned.

import package::sampler::records::Transition;
import package::sampler::replica::Replica;

fn residual(t: Transition, next_log_flow: f32, settings: Replica) -> f32 {
  return t.log_flow + t.log_forward - next_log_flow - t.log_backward;
}
