// The residual of the transition at a given time of a trajectory, from the rollout's record of that transition.

import constants::HORIZON;
import package::objective::residual;
import package::objectives::batch::{annealed_trajectory, trajectories};
import package::sampler::records::Transition;
import package::sampler::replica::Replica;

@group(0) @binding(7) var<storage, read> transitions: array<Transition>;  // [replica][trajectory][time]

fn length_of(trajectory: u32) -> u32 {
  return u32(trajectories[trajectory].length);
}

// The objective's residual of s → s′. Its second argument is log F(s′), or log R(x) − log r̄ if s′ is the terminal state x. With
// `stop_flow` the residual of a stop is 0, because log F(s) is then log R(x) − log p_F(stop | s).
fn residual_at(trajectory: u32, time: u32, settings: Replica) -> f32 {
  let at = trajectory * HORIZON + time;
  @if(stop_flow) {
    if (time + 1u == length_of(trajectory)) {
      return 0.0;
    }
  }
  var next = annealed_trajectory(trajectory, settings).log_reward - settings.log_reward_shift;
  if (time + 1u < length_of(trajectory)) {
    next = transitions[at + 1u].log_flow;
  }
  return residual(transitions[at], next, settings);
}
