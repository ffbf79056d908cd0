// Reward family `multiplicative` of the hypergrid: R(x) = r0 + Σ_t weight_t·1[tiers 0 … t hold].
// Tier t holds if x_1 … x_CONSTRAINED
//   - are products of the primes, each with an exponent of at most cap_t,
//   - have no common divisor with their neighbours, if COPRIME is 1,
//   - have the least common multiple lcm_t, if that is not 0.

import constants::{CONSTRAINED, COPRIME, TIERS};
import package::environment::{State, environment_data};

// environment_data: log R of a cell for which the first 0 … TIERS tiers hold, lcm_t [TIERS], then for x = 0 … SIDE−1 the number of first
// tiers whose exponents x has
const MULTIPLES = TIERS + 1u;
const FACTORED = 2u * TIERS + 1u;

fn cell_log_reward(state: State) -> f32 {
  var held = u32(TIERS);
  for (var i = 0u; i < CONSTRAINED; i++) {
    held = min(held, u32(environment_data[FACTORED + state[i]]));
    if (COPRIME == 1u && i > 0u && greatest_common_divisor(state[i - 1u], state[i]) > 1u) {
      held = 0u;
    }
  }
  for (var t = 0u; t < held; t++) {
    let multiple = u32(environment_data[MULTIPLES + t]);
    if (multiple > 0u && !is_least_common_multiple(state, multiple)) {
      held = t;
    }
  }
  return environment_data[held];
}

// Coordinates must not be 0.
fn is_least_common_multiple(state: State, multiple: u32) -> bool {
  var least = 1u;
  for (var i = 0u; i < CONSTRAINED; i++) {
    if (multiple % state[i] != 0u) {
      return false;
    }
    // A divisor of `multiple`, too, so that it does not overflow.
    least = least / greatest_common_divisor(least, state[i]) * state[i];
  }
  return least == multiple;
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
  var high = a;
  var low = b;
  while (low != 0u) {
    let rest = high % low;
    high = low;
    low = rest;
  }
  return high;
}
