// Batched rollout, all time steps in one dispatch: s = Σ_t log p_F(s_{t+1} | s_t), b = Σ_t log p_B(s_t | s_{t+1}), log R(x).
//
// A workgroup owns SHARE trajectories of one replica and a tile of TILE slots. Slot i runs trajectories i, i + TILE, …
// of the share one after another, so that an ended trajectory makes room for the next instead of costing anything.
//
// `replay` takes the actions from `actions` instead of sampling them. `record` keeps what the backward pass needs.
// `learned_backward` takes log p_B from the network, which is therefore evaluated at the final object as well.
// `flow` keeps what the balance of single transitions needs, with log F(s) from a head of the network.
// `graph` policies read their own records; without `record` those of a slot are written over by its next trajectory.

import constants::{TILE, LANES, SHARE, BATCH, HORIZON, STATE_WORDS, FORWARD4, ROWS, ROW4, SCORE_OFFSET, WEIGHTS4, WORKGROUPS};
import package::environment::{State, initial_state, is_terminal, apply, parent_count, log_reward};
import package::policy::{LEAD, begin, evaluate, follow, outputs_start};
import package::head::{Distribution, explore, log_probability, prepare, sample, score};
@if(flow) import package::sampler::dense::activations;
import package::sampler::replica::Replica;
import package::sampler::rows::{rows, row_address, states, IDLE};
import package::tensor::random::{philox, uniform01};

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;
// [replica][trajectory]: (s, b, log R, length)
@group(0) @binding(3) var<storage, read_write> trajectories: array<vec4f>;
// [replica][trajectory][word]: terminal states
@group(0) @binding(4) var<storage, read_write> objects: array<u32>;
// [replica][trajectory][time]
@if(replay) @group(0) @binding(5) var<storage, read> actions: array<u32>;
@else @group(0) @binding(5) var<storage, read_write> actions: array<u32>;
// [replica][trajectory][time]: log p_F, log p_B, log F(s) of each transition
@if(flow) @group(0) @binding(6) var<storage, read_write> transitions: array<vec4f>;

// Purposes of random numbers, the second word of the key's companion: nothing else draws with this one.
const ROLLOUT = 1u;

var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let settings = replicas[replica];
  let zero = settings.zero;
  let first = group.x * SHARE;
  let end = min(first + SHARE, BATCH);

  // The slot of this lane, if it has one.
  var trajectory = first + lane;
  var time = 0u; // actions taken
  var row = 0u;  // records written
  var log_forward = 0.0;
  var log_backward = 0.0;
  @if(learned_backward) var last_action = 0u;
  if (lane < TILE) {
    states[lane] = initial_state();
    begin(lane);
    row_address[lane] = select(IDLE, address(group, lane, trajectory, row), trajectory < end);
  }
  if (lane == 0u) {
    running = end - first;
  }
  workgroupBarrier();

  while (workgroupUniformLoad(&running) > 0u) {
    evaluate(lane, replica * WEIGHTS4, zero);
    if (lane < TILE && trajectory < end) {
      let state = states[lane];
      var object = state;
      var ended = false;
      @if(learned_backward) {
        // Where this state came from is known; what p_B says about it comes with the state's own evaluation.
        let origins = prepare(state, outputs_start(lane) + FORWARD4, FORWARD4, true, zero);
        if (time > 0u) {
          log_backward += log_probability(origins, last_action);
        }
        @if(record) {
          record_delta(row_address[lane], FORWARD4, origins, last_action, time > 0u, zero);
          if (is_terminal(state)) {
            record_delta(row_address[lane], 0u, origins, last_action, false, zero);
          }
        }
        ended = is_terminal(state) || time == HORIZON;
      }
      if (!ended && row >= LEAD) {
        let position = (replica * BATCH + trajectory) * HORIZON + time;
        let distribution = prepare(state, outputs_start(lane), FORWARD4, false, zero);
        @if(replay) let action = actions[position];
        @else let action = choose(distribution, settings, trajectory, time);
        @if(!replay) {
          actions[position] = action;
        }
        @if(record) {
          record_delta(row_address[lane], 0u, distribution, action, true, zero);
        }
        object = apply(state, action);
        follow(lane, action);
        let log_choice = log_probability(distribution, action);
        log_forward += log_choice;
        @if(flow) {
          let flow_start = outputs_start(lane) + FORWARD4;
          transitions[position] = vec4f(log_choice, -log(f32(parent_count(object))), activations[flow_start].x, 0.0);
          rows[row_address[lane] + SCORE_OFFSET + FORWARD4] = vec4f(1.0, 0.0, 0.0, 0.0);
        }
        time += 1u;
        @if(learned_backward) {
          last_action = action;
        }
        @if(!learned_backward) {
          log_backward -= log(f32(parent_count(object)));
          ended = is_terminal(object) || time == HORIZON;
        }
      }
      states[lane] = object;
      row += 1u;
      if (ended) {
        finish(replica * BATCH + trajectory, object, vec4f(log_forward, log_backward, value(object, zero), f32(time)));
        trajectory += TILE;
        time = 0u;
        row = 0u;
        log_forward = 0.0;
        log_backward = 0.0;
        states[lane] = initial_state();
        begin(lane);
      }
      row_address[lane] = select(IDLE, address(group, lane, trajectory, row), trajectory < end);
    }
    workgroupBarrier();
    if (lane == 0u) {
      running = 0u;
      for (var slot = 0u; slot < TILE; slot++) {
        running += select(0u, 1u, row_address[slot] != IDLE);
      }
    }
  }
}

// Start of a record: [replica][trajectory][ROWS][ROW4], or [replica][workgroup][slot][ROWS][ROW4] where it is not kept.
fn address(group: vec3u, slot: u32, trajectory: u32, row: u32) -> u32 {
  @if(record) let owner = group.y * BATCH + trajectory;
  @else let owner = (group.y * WORKGROUPS + group.x) * TILE + slot;
  return (owner * ROWS + row) * ROW4;
}

@if(!replay)
fn choose(distribution: Distribution, settings: Replica, trajectory: u32, time: u32) -> u32 {
  let words = philox(settings.seed, vec4u(settings.step, trajectory, time, ROLLOUT));
  if (uniform01(words.y) < settings.exploration) {
    return explore(distribution, words, settings.zero);
  }
  return sample(distribution, words, settings.zero);
}

// log R(x), or −∞ for what is no object: a trajectory that a faulty environment did not end by HORIZON.
fn value(object: State, zero: u32) -> f32 {
  if (is_terminal(object)) {
    return log_reward(object);
  }
  return bitcast<f32>(0xff800000u + zero);
}

fn finish(index: u32, object: State, summary: vec4f) {
  trajectories[index] = summary;
  for (var word = 0u; word < STATE_WORDS; word++) {
    objects[index * STATE_WORDS + word] = object[word];
  }
}

// The gradient of log p(action) with respect to the outputs from vec4 `offset` on, or zero where nothing was chosen.
@if(record)
fn record_delta(start: u32, offset: u32, distribution: Distribution, action: u32, chosen: bool, zero: u32) {
  for (var j = 0u; j < FORWARD4 + zero; j++) {
    var delta = vec4f();
    if (chosen) {
      delta = score(distribution, action, j);
    }
    rows[start + SCORE_OFFSET + offset + j] = delta;
  }
}
