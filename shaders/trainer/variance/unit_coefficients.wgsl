// A harness (package::harness) with unit coefficients: the gradient of a batch is then Σ_n ∇s_n, and a part of it that holds one
// trajectory is that trajectory's score ∇s_n.

import constants::BATCH;
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::coefficients;
import package::sampler::replica::Replica;

fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  coefficients[n] = vec2f(1.0, 0.0);
  return vec2f();
}

fn terms(facts: BatchFacts) -> f32 {
  return f32(BATCH);
}
