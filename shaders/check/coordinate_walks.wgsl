// Trajectories of an environment whose actions are real coordinates, with everything that its module says about their states,
// for `checkEnvironment`. One invocation per walk.

import constants::{FEATURES, HORIZON, STATE_WORDS};
import package::environment::{State, initial_state, is_terminal, is_allowed, apply, is_undoable, undo, parent_count, level, feature, next_feature, log_reward};
@if(explore) import package::environment::exploration_range;

struct Visit {
  terminal: u32,
  initial: u32,           // whether the state is the initial state
  level: u32,
  parent_count: u32,
  log_reward: f32,        // of terminal states, else 0
  action: u32,            // the bits of the coordinate that the walk takes
  allowed: u32,           // whether is_allowed says so
  undoable: u32,          // is_undoable(apply(s, a), a)
  other_undoable: u32,    // the same for another coordinate, which must not be
  reversible: u32,        // undo(apply(s, a), a) is s
  low: f32,               // exploration_range
  high: f32,
  words: array<u32, STATE_WORDS>,
  features: array<f32, FEATURES>,
  following: array<u32, FEATURES + 1u>,   // next_feature(state, start)
}

// [walk][HORIZON]: the bits of coordinates, or with `explore` of their place in the exploration range, 0 to 1
@group(0) @binding(0) var<storage, read> choices: array<u32>;
@group(0) @binding(1) var<storage, read_write> visits: array<Visit>;   // [walk][HORIZON + 1]

fn same(a: State, b: State) -> bool {
  var equal = true;
  for (var word = 0u; word < STATE_WORDS; word++) {
    equal = equal && a[word] == b[word];
  }
  return equal;
}

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  var state = initial_state();
  for (var time = 0u; time <= HORIZON; time++) {
    let visit = group.x * (HORIZON + 1u) + time;
    let terminal = is_terminal(state);
    visits[visit].terminal = u32(terminal);
    visits[visit].initial = u32(same(state, initial_state()));
    visits[visit].level = level(state);
    visits[visit].parent_count = parent_count(state);
    if (terminal) {
      visits[visit].log_reward = log_reward(state);
    }
    for (var word = 0u; word < STATE_WORDS; word++) {
      visits[visit].words[word] = state[word];
    }
    for (var k = 0u; k < FEATURES; k++) {
      visits[visit].features[k] = feature(state, k);
    }
    for (var start = 0u; start <= FEATURES; start++) {
      visits[visit].following[start] = next_feature(state, start);
    }
    if (time < HORIZON) {
      var action = choices[group.x * HORIZON + time];
      @if(explore) {
        let range = exploration_range(state);
        visits[visit].low = range.x;
        visits[visit].high = range.y;
        action = bitcast<u32>(mix(range.x, range.y, bitcast<f32>(action)));
      }
      let next = apply(state, action);
      visits[visit].action = action;
      visits[visit].allowed = u32(is_allowed(state, action));
      visits[visit].undoable = u32(is_undoable(next, action));
      visits[visit].other_undoable = u32(is_undoable(next, action ^ 1u));
      visits[visit].reversible = u32(same(undo(next, action), state));
      state = next;
    }
  }
}
