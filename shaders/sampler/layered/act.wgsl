// Takes the next action of all trajectories under way, from the outputs in their records, and lists those that have not ended.

import constants::{BATCH, LANES, LAYERS, OUT4, SCORE_OFFSET, TILE};
import package::sampler::dense::activations;
import package::sampler::layered::frontier::{count, current_record, keep, member, state_of, store_state};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::sampler::rows::rows;
@if(wide) import package::sampler::rows::states;
@if(learned_backward) import package::sampler::layered::frontier::moment;
@if(learned_backward) import constants::HORIZON;
@if(learned_backward) import package::sampler::walk::actions;
import package::sampler::walk::{Place, Walk, advance, finish, trajectories};
@if(wide) import package::sampler::wide::prepare_segments;
@if(wide && record) import package::sampler::wide::record_scores;

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;

var<workgroup> under_way: u32;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let replica = group.y;
  let settings = replicas[replica];
  let width = OUT4[LAYERS - 1u];
  if (lane == 0u) {
    under_way = count(replica);
  }
  let live = workgroupUniformLoad(&under_way);
  for (var first = group.x * TILE; first < live; first += groups.x * TILE) {
    for (var item = lane; item < TILE * width; item += LANES) {
      let trajectory = member(replica, min(first + item / width, live - 1u));
      activations[item] = rows[current_record(replica, trajectory) + SCORE_OFFSET + item % width];
    }
    @if(wide) if (lane < TILE) {
      states[lane] = state_of(replica, member(replica, min(first + lane, live - 1u)));
    }
    workgroupBarrier();
    @if(wide) prepare_segments(lane);
    if (lane < TILE && first + lane < live) {
      let trajectory = member(replica, first + lane);
      let index = replica * BATCH + trajectory;
      let so_far = trajectories[index];
      var walk = Walk();
      walk.log_forward = so_far.log_forward;
      walk.log_backward = so_far.log_backward;
      walk.time = u32(so_far.length);
      @if(guided) {
        walk.given = u32(so_far.log_reward);
      }
      @if(learned_backward) {
        walk.last_action = actions[index * HORIZON + max(moment.time, 1u) - 1u];
      }
      let place = Place(index, trajectory, lane, lane * width, current_record(replica, trajectory));
      let state = advance(&walk, state_of(replica, trajectory), place, settings);
      if (walk.ended) {
        finish(walk, index, state, settings.zero);
      } else {
        trajectories[index] = Trajectory(walk.log_forward, walk.log_backward, so_far.log_reward, f32(walk.time));
        store_state(replica, trajectory, state);
        keep(replica, trajectory);
      }
    }
    workgroupBarrier();
    @if(wide && record) record_scores(lane);
    @if(wide) workgroupBarrier();
  }
}
