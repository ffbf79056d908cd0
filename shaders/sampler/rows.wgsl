// The tile's rows: for each, the state at which the policy is evaluated and where its record goes.
// A record is one evaluation of the policy, kept for the backward pass: what its layers read, and the deltas δ of what they
// give. Graph networks also read in it again what they found out earlier; where there is no backward pass, their records
// hold that alone.

import constants::{BLOCK, TILE};
import package::environment::State;

@if(record || graph) @group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;

const IDLE = 0xffffffffu;

var<workgroup> states: array<State, TILE>;
// Start of the row's record in `rows`, or IDLE where there is nothing to evaluate.
var<workgroup> row_address: array<u32, TILE>;

// Whether none of the BLOCK rows from `first_row` on has anything to evaluate.
fn block_is_idle(first_row: u32) -> bool {
  var idle = true;
  for (var i = 0u; i < BLOCK; i++) {
    idle = idle && row_address[first_row + i] == IDLE;
  }
  return idle;
}
