// Evaluates the policy at the rows of flow matching (objectives/balance/flow_rows.wgsl), whose outputs o(a) are log F(s → apply(s, a)). It
// writes log of each row's flow, and records the gradient of that by the outputs for the backward pass:
//   an edge by action a:  o(a),              onehot(a);
//   the flow out of s:    log Σ_a exp o(a),  p_F(· | s), the softmax.
// A workgroup takes a tile of TILE rows of one replica.

import constants::{BATCH, FORWARD4, LANES, ROWS, SCORE_OFFSET, STATE_WORDS, TILE, WEIGHTS4};
import package::environment::initial_state;
import package::head::{exponentials, prepare};
import package::objectives::balance::flow_rows::{FlowRow, OUTFLOW};
import package::policy::{evaluate, outputs_start};
import package::sampler::dense::activations;
import package::sampler::replica::{Replica, rolled};
import package::sampler::rows::{IDLE, row_address, rows, states};
import package::sampler::section::{record_start, section_end, section_first};

@group(0) @binding(2) var<storage, read> replicas: array<Replica>;
@group(0) @binding(3) var<storage, read_write> flow_rows: array<FlowRow>;  // [replica][trajectory][ROWS]
@group(0) @binding(4) var<storage, read> flow_states: array<u32>;          // [replica][trajectory][ROWS][word]

var<workgroup> live: u32;  // number of rows of the tile that are in the list

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let zero = replicas[replica].zero;
  // Counted within the replica: trajectory · ROWS + row.
  let evaluation = section_first() * ROWS + group.x * TILE + lane;
  let row = replica * BATCH * ROWS + min(evaluation, BATCH * ROWS - 1u);
  if (lane < TILE) {
    let is_live = evaluation < section_end() * ROWS && row % ROWS < flow_rows[row / ROWS * ROWS].count;
    row_address[lane] = select(IDLE, record_start(replica, evaluation), is_live);
    states[lane] = initial_state();
    if (is_live) {
      for (var word = 0u; word < STATE_WORDS; word++) {
        states[lane][word] = flow_states[row * STATE_WORDS + word];
      }
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    live = 0u;
    for (var slot = 0u; slot < TILE; slot++) {
      live += select(0u, 1u, row_address[slot] != IDLE);
    }
  }
  if (workgroupUniformLoad(&live) == 0u) {
    return;
  }
  evaluate(lane, replica * WEIGHTS4, zero);
  if (lane < TILE && row_address[lane] != IDLE) {
    let start = outputs_start(lane);
    let distribution = prepare(states[lane], lane, start, FORWARD4, false, zero);
    let action = flow_rows[row].action;
    if (action == OUTFLOW) {
      flow_rows[row].log_flow = distribution.highest + log(distribution.total);
    } else {
      flow_rows[row].log_flow = activations[start + action / 4u][action % 4u];
    }
    for (var j = 0u; j < FORWARD4 + rolled(zero); j++) {
      var gradient = select(vec4f(), vec4f(1.0), vec4u(0u, 1u, 2u, 3u) + 4u * j == vec4u(action));
      if (action == OUTFLOW) {
        gradient = exponentials(distribution, j) / distribution.total;
      }
      rows[row_address[lane] + SCORE_OFFSET + j] = gradient;
    }
  }
}
