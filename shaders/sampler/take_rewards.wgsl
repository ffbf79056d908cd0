// Puts the host's log R into the records of trajectories. That of a trajectory that did not end at an object stays −∞.

import constants::TRAJECTORIES;
import package::sampler::records::Trajectory;
import package::tensor::finite::is_finite;

@group(0) @binding(0) var<storage, read> log_rewards: array<f32>;                // [replica][trajectory]
@group(0) @binding(1) var<storage, read_write> trajectories: array<Trajectory>;  // [replica][trajectory]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < TRAJECTORIES && is_finite(trajectories[id.x].log_reward)) {
    trajectories[id.x].log_reward = log_rewards[id.x];
  }
}
