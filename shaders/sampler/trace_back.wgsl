// One step back from a state, chosen uniformly among its parents.

import constants::ACTIONS;
import package::environment::{State, is_undoable, parent_count};

// The action to undo, for a uniform number u.
fn action_back(state: State, u: f32, zero: u32) -> u32 {
  let parents = parent_count(state);
  let target_rank = min(u32(u * f32(parents)), parents - 1u);
  var rank = 0u;
  var action = 0u;
  for (var candidate = 0u; candidate < ACTIONS + zero; candidate++) {
    if (is_undoable(state, candidate)) {
      if (rank == target_rank) {
        action = candidate;
      }
      rank += 1u;
    }
  }
  return action;
}
