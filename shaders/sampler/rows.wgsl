// The rows of a tile: each has a state at which the policy is evaluated, and the address of its record.
// A record stores one evaluation of the policy for the backward pass: the inputs of its layers, and the deltas δ of their outputs. Graph
// networks also read the results of earlier nodes from their records; without a backward pass, the records contain only these results.

import constants::{BLOCK, TILE};
import package::environment::State;

@if(record || graph) @group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;

const IDLE = 0xffffffffu;

var<workgroup> states: array<State, TILE>;
// Start of the row's record in `rows`, or IDLE if the row has nothing to evaluate.
var<workgroup> row_address: array<u32, TILE>;

// Whether all BLOCK rows from `first_row` on are idle.
fn block_is_idle(first_row: u32) -> bool {
  var idle = true;
  for (var i = 0u; i < BLOCK; i++) {
    idle = idle && row_address[first_row + i] == IDLE;
  }
  return idle;
}
