// VarGrad, the log-variance loss:  d = (s − b − log R) − its mean over the batch  (method §2, balance losses): trajectory balance
// with the log Z that is best for the batch.

import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::log_weight;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

fn residual(t: Trajectory, facts: BatchFacts, settings: Replica) -> f32 {
  return facts.mean_log_weight - log_weight(t);
}
