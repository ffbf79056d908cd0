// The list of a section's trajectories under way at one time step of a layered rollout. An ended trajectory is in no list and costs nothing.
// The order of a list is nondeterministic, but does not affect results, because trajectories are computed independently.

import constants::{BATCH, HORIZON, STATE_WORDS};
@if(record) import constants::ROWS;
@else import constants::ROW4;
import package::environment::State;
@if(record) import package::sampler::section::record_start;
import package::sampler::walk::objects;

struct Moment { time: u32 }

// [replica]: the number of trajectories under way at each time, then two lists of them, for even and for odd times.
@group(0) @binding(7) var<storage, read_write> frontier: array<atomic<u32>>;
@group(0) @binding(8) var<uniform> moment: Moment;

// Number of counts: one per time from 0 to HORIZON, and one that is written after the last step.
const TIMES = HORIZON + 2u;
const SIZE = TIMES + 2u * BATCH;

fn count(replica: u32) -> u32 {
  return atomicLoad(&frontier[replica * SIZE + moment.time]);
}

fn member(replica: u32, index: u32) -> u32 {
  return atomicLoad(&frontier[replica * SIZE + TIMES + (moment.time % 2u) * BATCH + index]);
}

// Appends a trajectory to the list of the next time.
fn keep(replica: u32, trajectory: u32) {
  let index = atomicAdd(&frontier[replica * SIZE + moment.time + 1u], 1u);
  atomicStore(&frontier[replica * SIZE + TIMES + ((moment.time + 1u) % 2u) * BATCH + index], trajectory);
}

// Start of a trajectory's record at this time; without `record` there is one record per trajectory.
fn current_record(replica: u32, trajectory: u32) -> u32 {
  @if(record) return record_start(replica, trajectory * ROWS + moment.time);
  @else return (replica * BATCH + trajectory) * ROW4;
}

// The current state of a trajectory under way, which is stored in `objects`.
fn state_of(replica: u32, trajectory: u32) -> State {
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = objects[(replica * BATCH + trajectory) * STATE_WORDS + word];
  }
  return state;
}

fn store_state(replica: u32, trajectory: u32, state: State) {
  for (var word = 0u; word < STATE_WORDS; word++) {
    objects[(replica * BATCH + trajectory) * STATE_WORDS + word] = state[word];
  }
}
