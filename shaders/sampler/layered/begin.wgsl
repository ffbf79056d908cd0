// Starts a layered rollout: sets all trajectories to the initial state, and lists them as under way.

import constants::{BATCH, LANES};
import package::environment::initial_state;
import package::sampler::layered::frontier::{SIZE, TIMES, frontier, store_state};
import package::sampler::records::Trajectory;
import package::sampler::walk::trajectories;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let replica = id.y;
  let first = replica * SIZE;
  if (id.x < TIMES) {
    atomicStore(&frontier[first + id.x], select(0u, BATCH, id.x == 0u));
  }
  if (id.x < BATCH) {
    atomicStore(&frontier[first + TIMES + id.x], id.x);
    // `guided`: the number of given actions stays in log_reward until the trajectory ends.
    @if(guided) let given = trajectories[replica * BATCH + id.x].log_reward;
    @else let given = 0.0;
    trajectories[replica * BATCH + id.x] = Trajectory(0.0, 0.0, given, 0.0);
    store_state(replica, id.x, initial_state());
  }
}
