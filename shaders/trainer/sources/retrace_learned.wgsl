// retrace.wgsl with the learned p_B: trajectory n goes to the object x that a source has put into objects[n], along τ ~ p_B(· | x) of the
// network, which is evaluated at every state on the way back. A workgroup traces a tile of trajectories.

import constants::{BATCH, FORWARD4, GIVEN_FIRST, HORIZON, LANES, LOCAL_BACK, LOCAL_FIRST, STATE_WORDS, TILE, WEIGHTS4};
import package::environment::{initial_state, level, undo};
import package::head::{prepare, sample};
import package::policy::{evaluate_states, outputs_start};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::sampler::rows::{IDLE, row_address, states};
import package::tensor::random::philox;
import package::trainer::sources::replay::RETRACE;

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;
@group(0) @binding(3) var<storage, read> objects: array<u32>;                    // [replica][trajectory][word]
@group(0) @binding(4) var<storage, read_write> actions: array<u32>;              // [replica][trajectory][time]
@group(0) @binding(5) var<storage, read_write> trajectories: array<Trajectory>;  // as in retrace.wgsl

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let settings = replicas[replica];
  let trajectory = group.x * TILE + lane;
  let index = replica * BATCH + min(trajectory, BATCH - 1u);
  var time = 0u;  // of the state, as the number of actions that lead to it
  if (lane < TILE) {
    var state = initial_state();
    if (trajectory < BATCH && trajectory >= LOCAL_FIRST && trajectories[index].length == 1.0) {
      for (var word = 0u; word < STATE_WORDS; word++) {
        state[word] = objects[index * STATE_WORDS + word];
      }
      time = level(state);
    }
    states[lane] = state;
    row_address[lane] = select(IDLE, 0u, time > 0u);
    if (trajectory < BATCH) {
      let kept = select(time, time - min(time, LOCAL_BACK), trajectory < GIVEN_FIRST);
      trajectories[index].log_reward = f32(kept);
    }
  }
  workgroupBarrier();
  for (var turn = 0u; turn < HORIZON + settings.zero; turn++) {
    evaluate_states(lane, replica * WEIGHTS4, settings.zero);
    if (lane < TILE && time > 0u) {
      let origins = prepare(states[lane], lane, outputs_start(lane) + FORWARD4, FORWARD4, true, settings.zero);
      let words = philox(settings.seed, vec4u(settings.step, trajectory, time, RETRACE));
      let action = sample(origins, words, settings.zero);
      time -= 1u;
      actions[index * HORIZON + time] = action;
      states[lane] = undo(states[lane], action);
      row_address[lane] = select(IDLE, 0u, time > 0u);
    }
    workgroupBarrier();
  }
}
