// What the environment's module says about given states, and where a given action leads from each, forward and back.
// `checkEnvironment` asks for the few states that it reports, and for those that an environment draws from its target.

import constants::{ROWS, STATES, STATE_WORDS};
import package::environment::{State, apply, is_terminal, level, log_reward, parent_count, undo};
@if(enumerable) import package::environment::{state_at, state_index};

struct Facts {
  terminal: u32,
  level: u32,
  level_after: u32,      // of apply(s, a)
  level_before: u32,     // of undo(s, a)
  parent_count: u32,
  log_reward: f32,       // of terminal states, else 0
  index: u32,            // state_index
}

@group(0) @binding(0) var<storage, read> actions: array<u32>;         // [ROWS]
@group(0) @binding(1) var<storage, read> given: array<u32>;           // [ROWS][STATE_WORDS]
@group(0) @binding(2) var<storage, read_write> facts: array<Facts>;   // [ROWS]
// apply(s, a), undo(apply(s, a), a), undo(s, a), apply(undo(s, a), a), state_at(state_index(s))
@group(0) @binding(3) var<storage, read_write> states: array<u32>;    // [ROWS][5][STATE_WORDS]

fn write(n: u32, place: u32, state: State) {
  for (var word = 0u; word < STATE_WORDS; word++) {
    states[(n * 5u + place) * STATE_WORDS + word] = state[word];
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n = id.x;
  if (n >= ROWS) {
    return;
  }
  var state = State();
  for (var word = 0u; word < STATE_WORDS; word++) {
    state[word] = given[n * STATE_WORDS + word];
  }
  let action = actions[n];
  let next = apply(state, action);
  let previous = undo(state, action);
  write(n, 0u, next);
  write(n, 1u, undo(next, action));
  write(n, 2u, previous);
  write(n, 3u, apply(previous, action));
  var index = 0u;
  @if(enumerable) {
    index = state_index(state);
    write(n, 4u, state_at(min(index, STATES - 1u)));
  }
  var reward = 0.0;
  if (is_terminal(state)) {
    reward = log_reward(state);
  }
  facts[n] = Facts(u32(is_terminal(state)), level(state), level(next), level(previous), parent_count(state), reward, index);
}
