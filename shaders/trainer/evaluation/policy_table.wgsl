// The policy's probabilities at every state of an enumerable environment: table[state][action] = p_F(action | state).
// Each of WORKGROUPS workgroups goes through its share of them, a tile at a time.
//
// `backward`: the learned p_B in place of p_F, at terminal states as well: the probability that the action led to the state.

import constants::{ACTIONS, FORWARD4, LANES, ROWS, ROW4, STATES, TILE, WEIGHTS4, WORKGROUPS};
import package::environment::{State, is_terminal, state_at};
import package::policy::{evaluate_states, outputs_start};
import package::head::{exponentials, prepare};
import package::sampler::replica::Replica;
import package::sampler::rows::{IDLE, row_address, states};

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;
@group(0) @binding(3) var<storage, read_write> table: array<f32>;  // [replica][STATES][ACTIONS]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let zero = replicas[replica].zero;
  let workgroup = group.z * groups.x + group.x;
  for (var first = workgroup * TILE; first < STATES; first += WORKGROUPS * TILE) {
    if (lane < TILE) {
      let state = state_at(min(first + lane, STATES - 1u));
      states[lane] = state;
      // Where a graph policy keeps what it finds out about this state.
      let memory = ((replica * WORKGROUPS + workgroup) * TILE + lane) * ROWS * ROW4;
      row_address[lane] = select(memory, IDLE, first + lane >= STATES || is_skipped(state));
    }
    workgroupBarrier();
    evaluate_states(lane, replica * WEIGHTS4, zero);
    if (lane < TILE && row_address[lane] != IDLE) {
      @if(!backward) let distribution = prepare(states[lane], lane, outputs_start(lane), FORWARD4, false, zero);
      @if(backward) let distribution = prepare(states[lane], lane, outputs_start(lane) + FORWARD4, FORWARD4, true, zero);
      let start = (replica * STATES + first + lane) * ACTIONS;
      for (var action = 0u; action < ACTIONS + zero; action++) {
        table[start + action] = exponentials(distribution, action / 4u)[action % 4u] / distribution.total;
      }
    }
    workgroupBarrier();
  }
}

fn is_skipped(state: State) -> bool {
  @if(backward) return false;
  @else return is_terminal(state);
}
