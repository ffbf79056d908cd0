// Starts the layered rollout of a section: sets its trajectories to the initial state, and lists them as under way.

import constants::{BATCH, LANES};
import package::environment::initial_state;
import package::sampler::layered::frontier::{SIZE, TIMES, frontier, store_state};
import package::sampler::records::Trajectory;
import package::sampler::section::{section_end, section_first};
import package::sampler::walk::trajectories;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let replica = id.y;
  let first = replica * SIZE;
  if (id.x < TIMES) {
    atomicStore(&frontier[first + id.x], select(0u, section_end() - section_first(), id.x == 0u));
  }
  let trajectory = section_first() + id.x;
  if (trajectory < section_end()) {
    atomicStore(&frontier[first + TIMES + id.x], trajectory);
    // `guided`: the number of given actions stays in log_reward until the trajectory ends.
    @if(guided) let given = trajectories[replica * BATCH + trajectory].log_reward;
    @else let given = 0.0;
    trajectories[replica * BATCH + trajectory] = Trajectory(0.0, 0.0, given, 0.0);
    store_state(replica, trajectory, initial_state());
  }
}
