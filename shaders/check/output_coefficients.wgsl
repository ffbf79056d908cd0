// A harness (package::harness) that gives every output of a policy a coefficient, the same in every trajectory: 1 to log p_F, ½ to a
// learned log p_B or to log F. The gradient of trajectory n is then that of s_n + ½ b_n, or of s_n + ½ Σ_t log F(s_t).

import constants::{BATCH, ROWS};
import package::objectives::balance::batch_facts::BatchFacts;
import package::objectives::batch::coefficients;
import package::sampler::replica::Replica;

fn weigh(n: u32, facts: BatchFacts, settings: Replica) -> vec2f {
  let each = vec2f(1.0, 0.5);
  @if(flow) {
    for (var time = 0u; time < ROWS; time++) {
      coefficients[n * ROWS + time] = each;
    }
  }
  @if(!flow) {
    coefficients[n] = each;
  }
  return vec2f();
}

fn terms(facts: BatchFacts) -> f32 {
  return f32(BATCH);
}
