// Trajectory balance:  d = log Z + s − b − log R,  with a learned log Z (Malkin et al., NeurIPS 2022; method §2, balance losses).

import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::log_weight;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32 {
  return facts.log_z - log_weight(t);
}
