// A reward from a list by the environment's state index.
//
// reward_data: log R of state 0, 1, …

import package::environment::{State, state_index};
import package::reward_data::reward_data;

fn log_reward(state: State) -> f32 {
  return reward_data(state_index(state));
}
