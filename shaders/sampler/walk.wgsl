// One step of a trajectory after the policy's evaluation at its state: chooses (or replays) an action and applies it, adds to
// s = log p_F(τ) and b = log p_B(τ | x), and records the scores for the backward pass.

import constants::{FORWARD4, HORIZON, SCORE_OFFSET, STATE_WORDS};
@if(partial_reward) import constants::STOP_ACTION;
import package::environment::{State, apply, is_terminal, log_reward, parent_count};
import package::head::{Distribution, explore, log_probability, prepare, sample, score};
@if(tempered) import package::head::sharpness;
import package::policy::follow;
@if(flow && !stop_flow) import package::sampler::dense::activations;
import package::sampler::records::Trajectory;
@if(flow) import package::sampler::records::Transition;
@if(partial_reward) import package::sampler::replica::annealed;
import package::sampler::replica::{Replica, exploration, rolled};
@if(record) import package::sampler::rows::rows;
@if(record && wide) import package::sampler::wide::leave_score;
import package::tensor::random::{philox, uniform01};

// [replica][trajectory]
@group(0) @binding(3) var<storage, read_write> trajectories: array<Trajectory>;
// [replica][trajectory][word]: terminal states
@group(0) @binding(4) var<storage, read_write> objects: array<u32>;
// [replica][trajectory][time]
@if(replay) @group(0) @binding(5) var<storage, read> actions: array<u32>;
@else @group(0) @binding(5) var<storage, read_write> actions: array<u32>;
// [replica][trajectory][time]
@if(flow) @group(0) @binding(6) var<storage, read_write> transitions: array<Transition>;

// Purpose of the random numbers, the last word of Philox's counter. No other kernel uses this value.
const ROLLOUT = 1u;

struct Walk {
  log_forward: f32,   // s so far
  log_backward: f32,  // b so far
  time: u32,          // number of actions taken
  last_action: u32,   // `learned_backward`: the latest action
  ended: bool,
  @if(guided) given: u32,         // number of actions that are given
}

// The indices of a walk, and the addresses of the policy's outputs and record at its state.
struct Place {
  index: u32,       // [replica][trajectory]
  trajectory: u32,  // index within the replica
  slot: u32,        // row of the tile
  outputs: u32,     // first output vec4 in `activations`
  record: u32,      // start of the record in `rows`
}

// Takes one action from `state`, unless the walk has ended. Returns the next state.
fn advance(walk: ptr<function, Walk>, state: State, place: Place, settings: Replica) -> State {
  let zero = settings.zero;
  let position = place.index * HORIZON + walk.time;
  @if(learned_backward) {
    // log p_B of the previous action needs the network's outputs at this state, so add it one step later.
    let origins = prepare(state, place.slot, place.outputs + FORWARD4, FORWARD4, true, zero);
    if (walk.time > 0u) {
      let log_origin = log_probability(origins, walk.last_action);
      walk.log_backward += log_origin;
      @if(flow) {
        transitions[position - 1u].log_backward = log_origin;
      }
    }
    @if(record) {
      record_score(place.record, FORWARD4, origins, walk.last_action, walk.time > 0u, zero);
      if (is_terminal(state)) {
        record_score(place.record, 0u, origins, walk.last_action, false, zero);
      }
    }
    if (is_terminal(state) || walk.time == HORIZON) {
      walk.ended = true;
      return state;
    }
  }
  let distribution = prepare(state, place.slot, place.outputs, FORWARD4, false, zero);
  @if(replay) let action = actions[position];
  @if(!replay && !guided) let action = choose(distribution, settings, place.trajectory, walk.time);
  @if(guided) {
    if (walk.time >= walk.given) {
      actions[position] = choose(distribution, settings, place.trajectory, walk.time);
    }
  }
  @if(guided) let action = actions[position];
  @if(!replay && !guided) {
    actions[position] = action;
  }
  @if(record) {
    record_score(place.record, 0u, distribution, action, true, zero);
  }
  let object = apply(state, action);
  follow(place.slot, action);
  let log_choice = log_probability(distribution, action);
  walk.log_forward += log_choice;
  @if(flow) {
    let log_flow = log_flow_of(state, distribution, place, settings);
    transitions[position] = Transition(log_choice, -log(f32(parent_count(object))), log_flow, 0.0);
  }
  @if(flow && !stop_flow) {
    rows[place.record + SCORE_OFFSET + FORWARD4] = vec4f(1.0, 0.0, 0.0, 0.0);
  }
  walk.time += 1u;
  @if(learned_backward) {
    walk.last_action = action;
  }
  @if(!learned_backward) {
    walk.log_backward -= log(f32(parent_count(object)));
    walk.ended = is_terminal(object) || walk.time == HORIZON;
  }
  return object;
}

// log F(s), in units of r̄: an output of the network; with `partial_reward` that output + log R(s), where R(s) is the reward of s as an
// object, annealed like that of x; with `stop_flow`, for which nothing is learned, log R(s) − log p_F(stop | s).
@if(flow)
fn log_flow_of(state: State, distribution: Distribution, place: Place, settings: Replica) -> f32 {
  var log_flow = 0.0;
  @if(partial_reward) {
    log_flow = annealed(log_reward(apply(state, STOP_ACTION)), settings) - settings.log_reward_shift;
  }
  @if(stop_flow) return log_flow - log_probability(distribution, STOP_ACTION);
  @else return log_flow + activations[place.outputs + FORWARD4].x;
}

@if(!replay)
fn choose(distribution: Distribution, settings: Replica, trajectory: u32, time: u32) -> u32 {
  let words = philox(settings.seed, vec4u(settings.step, trajectory, time, ROLLOUT));
  if (uniform01(words.y) < exploration(settings)) {
    return explore(distribution, words, settings.zero);
  }
  @if(tempered) {
    sharpness = 1.0 / settings.temperature;
  }
  return sample(distribution, words, settings.zero);
}

// Records the gradient of log p(action) with respect to the outputs from vec4 `offset` on; zero if no action was chosen.
@if(record)
fn record_score(start: u32, offset: u32, distribution: Distribution, action: u32, chosen: bool, zero: u32) {
  // All lanes record it later.
  @if(wide) leave_score(start + SCORE_OFFSET + offset, offset > 0u, distribution, action, chosen);
  @if(!wide) for (var j = 0u; j < FORWARD4 + rolled(zero); j++) {
    var delta = vec4f();
    if (chosen) {
      delta = score(distribution, action, j);
    }
    rows[start + SCORE_OFFSET + offset + j] = delta;
  }
}

// Writes the trajectory's record and its terminal state; `index` is [replica][trajectory].
fn finish(walk: Walk, index: u32, object: State, zero: u32) {
  trajectories[index] = Trajectory(walk.log_forward, walk.log_backward, value(object, zero), f32(walk.time));
  for (var word = 0u; word < STATE_WORDS; word++) {
    objects[index * STATE_WORDS + word] = object[word];
  }
}

// log R(x), or −∞ for a non-terminal state: a faulty environment did not end the trajectory by HORIZON.
fn value(object: State, zero: u32) -> f32 {
  if (is_terminal(object)) {
    return log_reward(object);
  }
  return bitcast<f32>(0xff800000u + zero);
}
