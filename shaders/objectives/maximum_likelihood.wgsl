// Maximum likelihood of given objects:  d = s − b  with τ ~ p_B(· | x). The mean of d is a lower bound of the mean of log p_T(x) over the
// objects, and g(d) = −d (losses/negative.wgsl). The reward does not enter.

import package::objectives::balance::batch_facts::BatchFacts;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32 {
  return t.log_forward - t.log_backward;
}
