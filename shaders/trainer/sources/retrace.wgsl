// Gives the trajectories of a step their first actions, which the rollout then takes (`guided`): trajectory n goes to the object x that a
// source has put into objects[n], along τ ~ p_B(· | x) with the uniform backward policy. Of a local search the last LOCAL_BACK actions are
// left to the policy, and of a trajectory of the policy's own, or where the source had no object, all of them.
//
// Ranges of a replica's batch: the policy's own [0, LOCAL_FIRST), local search [LOCAL_FIRST, GIVEN_FIRST), given objects [GIVEN_FIRST, BATCH).
// Condition `continuous`: actions are coordinates, and an object's first HORIZON words are its actions.

import constants::{LOCAL_BACK, BATCH, GIVEN_FIRST, HORIZON, LOCAL_FIRST, STATE_WORDS};
import package::environment::{State, level, undo};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::sampler::trace_back::action_back;
import package::tensor::random::{philox, uniform01};
import package::trainer::sources::replay::RETRACE;

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> objects: array<u32>;                    // [replica][trajectory][word]
@group(0) @binding(2) var<storage, read_write> actions: array<u32>;              // [replica][trajectory][time]
// [replica][trajectory]: before, `length` is 1 where there is an object; after, `log_reward` is the number of given actions.
@group(0) @binding(3) var<storage, read_write> trajectories: array<Trajectory>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= BATCH) {
    return;
  }
  let index = id.y * BATCH + id.x;
  var given = 0u;
  if (id.x >= LOCAL_FIRST && trajectories[index].length == 1.0) {
    given = trace(id.x, id.y);
    if (id.x < GIVEN_FIRST) {
      given -= min(given, LOCAL_BACK);
    }
  }
  trajectories[index].log_reward = f32(given);
}

// Writes the actions of a trajectory to its object. Returns their number.
fn trace(trajectory: u32, replica: u32) -> u32 {
  let settings = replicas[replica];
  let index = replica * BATCH + trajectory;
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = objects[index * STATE_WORDS + word];
  }
  let length = level(state);
  @if(continuous) {
    for (var time = 0u; time < HORIZON; time++) {
      actions[index * HORIZON + time] = state[time];
    }
  }
  @if(!continuous) {
    for (var time = length; time > 0u; time--) {
      let u = uniform01(philox(settings.seed, vec4u(settings.step, trajectory, time, RETRACE)).x);
      let action = action_back(state, u, settings.zero);
      actions[index * HORIZON + time - 1u] = action;
      state = undo(state, action);
    }
  }
  return length;
}
