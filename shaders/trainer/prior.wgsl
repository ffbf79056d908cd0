// A prior in the place of p_B: b = log p_prior(τ), so that the target over trajectories is p_prior(τ) R(x) / Z.

import constants::TRAJECTORIES;
import package::sampler::records::Trajectory;

@group(0) @binding(0) var<storage, read> prior: array<Trajectory>;               // [replica][trajectory]: the prior along the same actions
@group(0) @binding(1) var<storage, read_write> trajectories: array<Trajectory>;  // [replica][trajectory]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < TRAJECTORIES) {
    trajectories[id.x].log_backward = prior[id.x].log_forward;
  }
}
