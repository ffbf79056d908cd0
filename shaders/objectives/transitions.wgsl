// What the balance losses of single transitions share: how far each one is out of balance.

import constants::HORIZON;
import package::objectives::batch::trajectories;
import package::objectives::records::Transition;
import package::sampler::replica::Replica;

@group(0) @binding(7) var<storage, read> transitions: array<Transition>;  // [replica][trajectory][time]

fn length_of(trajectory: u32) -> u32 {
  return u32(trajectories[trajectory].length);
}

// log F(s′) + log p_B(s | s′) − log F(s) − log p_F(s′ | s) of the transition at `time`; F(x) = R(x) / r̄ at the end.
fn residual(trajectory: u32, time: u32, settings: Replica) -> f32 {
  let at = trajectory * HORIZON + time;
  let here = transitions[at];
  var next = trajectories[trajectory].log_reward - settings.log_reward_shift;
  if (time + 1u < length_of(trajectory)) {
    next = transitions[at + 1u].log_flow;
  }
  return next + here.log_backward - here.log_flow - here.log_forward;
}
