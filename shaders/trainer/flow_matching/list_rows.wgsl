// Lists the rows of flow matching (objectives/balance/flow_rows.wgsl) of every trajectory of the batch, with the state that each is evaluated
// at. One invocation per trajectory.

import constants::{ACTIONS, BATCH, HORIZON, ROWS, STATE_WORDS};
import package::environment::{State, apply, initial_state, is_terminal, is_undoable, undo};
import package::objectives::balance::flow_rows::{FlowRow, OUTFLOW};
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;

@group(0) @binding(0) var<storage, read> replicas: array<Replica>;
@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;      // [replica][trajectory]
@group(0) @binding(2) var<storage, read> actions: array<u32>;                  // [replica][trajectory][time]
@group(0) @binding(3) var<storage, read_write> flow_rows: array<FlowRow>;      // [replica][trajectory][ROWS]
@group(0) @binding(4) var<storage, read_write> flow_states: array<u32>;        // [replica][trajectory][ROWS][word]

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= BATCH) {
    return;
  }
  let zero = replicas[id.y].zero;
  let n = id.y * BATCH + id.x;
  var row = n * ROWS;
  var state = initial_state();
  for (var time = 0u; time < u32(trajectories[n].length); time++) {
    state = apply(state, actions[n * HORIZON + time]);
    for (var action = 0u; action < ACTIONS + zero; action++) {
      if (is_undoable(state, action)) {
        put(row, undo(state, action), action);
        row += 1u;
      }
    }
    if (!is_terminal(state)) {
      put(row, state, OUTFLOW);
      row += 1u;
    }
  }
  flow_rows[n * ROWS].count = row - n * ROWS;
}

fn put(row: u32, state: State, action: u32) {
  flow_rows[row].action = action;
  for (var word = 0u; word < STATE_WORDS; word++) {
    flow_states[row * STATE_WORDS + word] = state[word];
  }
}
