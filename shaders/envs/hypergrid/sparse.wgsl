// Reward family `sparse` of the hypergrid: R(x) = r0 + r1·1[every x_i is 1 or SIDE−2, and at least one of them is SIDE−2].

import constants::{DIMENSIONS, SIDE};
import package::environment::{State, environment_data};

// environment_data: [log r0, log(r0 + r1)]

fn cell_log_reward(state: State) -> f32 {
  var is_target = true;
  var far = false;
  for (var i = 0u; i < DIMENSIONS; i++) {
    let at_far = state[i] == SIDE - 2u;
    far = far || at_far;
    is_target = is_target && (at_far || state[i] == 1u);
  }
  return environment_data[select(0u, 1u, is_target && far)];
}
