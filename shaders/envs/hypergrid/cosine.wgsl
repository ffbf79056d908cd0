// Reward family `cosine` of the hypergrid.
//   R(x) = r0 + r1·∏_i f(x_i),  f(x) = (cos 50a + 1)·N(5a; 0, 1),  a = |x/(SIDE−1) − ½|

import constants::DIMENSIONS;
import package::environment::{State, environment_data};

// environment_data: [r0, r1], then f(0) … f(SIDE−1)
const FACTORS = 2u;

fn cell_log_reward(state: State) -> f32 {
  var product = environment_data[1];
  for (var i = 0u; i < DIMENSIONS; i++) {
    product *= environment_data[FACTORS + state[i]];
  }
  return log(environment_data[0] + product);
}
