// Reward family `bitwise-xor` of the hypergrid: R(x) = r0 + Σ_t weight_t·1[tiers 0 … t hold].
//   tier t holds: bits 0 … bits_t − 1 of x_1 xor … xor x_CONSTRAINED are all 0, which is even parity in each of these bit planes

import constants::{CONSTRAINED, TIERS};
import package::environment::{State, environment_data};

// environment_data: log R of a cell for which the first 0 … TIERS tiers hold, then bits_t [TIERS]
const BITS = TIERS + 1u;

fn cell_log_reward(state: State) -> f32 {
  var parities = 0u;
  for (var i = 0u; i < CONSTRAINED; i++) {
    parities ^= state[i];
  }
  // The numbers of bits do not fall, so the tiers that hold are the first ones.
  var held = 0u;
  for (var t = 0u; t < TIERS; t++) {
    let planes = (1u << u32(environment_data[BITS + t])) - 1u;
    held += select(0u, 1u, (parities & planes) == 0u);
  }
  return environment_data[held];
}
