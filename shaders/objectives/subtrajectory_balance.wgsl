// SubTB(λ), the balance of every subtrajectory, weighted by λ^n for n transitions (Madan et al., ICML 2023; method §2, balance
// losses). Each transition has  d = log F(s) + log p_F(s′ | s) − log F(s′) − log p_B(s | s′),  F(x) = R(x).
//
// `equal_stretches`: every subtrajectory has the same weight.

@if(!equal_stretches) import package::parameters::lambda;
import package::sampler::records::Transition;
import package::sampler::replica::Replica;

fn residual(t: Transition, next_log_flow: f32, settings: Replica) -> f32 {
  return -(next_log_flow + t.log_backward - t.log_flow - t.log_forward);
}

// The weight of a subtrajectory of n transitions is decay^n.
fn decay(settings: Replica) -> f32 {
  @if(equal_stretches) return 1.0;
  @else return lambda(settings);
}
