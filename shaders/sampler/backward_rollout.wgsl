// Samples trajectories that end in given terminal states x from the uniform backward policy: τ ~ p_B(· | x).
// It writes only their actions; a replay of the actions gives log p_F(τ) and log p_B(τ | x).
// There are SAMPLES trajectories per object: trajectory = object · SAMPLES + sample.

import constants::{BATCH, HORIZON, SAMPLES, STATE_WORDS};
import package::environment::{State, level, undo};
import package::sampler::replica::Replica;
import package::sampler::trace_back::action_back;
import package::tensor::random::{philox, uniform01};

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
// [object][word], the same for every replica; own_targets: [replica][object][word]
@group(0) @binding(1) var<storage, read> targets: array<u32>;
// [replica][trajectory][time]
@group(0) @binding(2) var<storage, read_write> actions: array<u32>;

const BACKWARD_ROLLOUT = 2u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let trajectory = id.x;
  if (trajectory >= BATCH) {
    return;
  }
  let settings = replicas[id.y];
  var first = trajectory / SAMPLES;
  @if(own_targets) {
    first += id.y * (BATCH / SAMPLES);
  }
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = targets[first * STATE_WORDS + word];
  }
  for (var time = level(state); time > 0u; time--) {
    let u = uniform01(philox(settings.seed, vec4u(settings.step, trajectory, time, BACKWARD_ROLLOUT)).x);
    let action = action_back(state, u, settings.zero);
    actions[(id.y * BATCH + trajectory) * HORIZON + time - 1u] = action;
    state = undo(state, action);
  }
}
