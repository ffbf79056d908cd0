// The tile's rows: for each, the state at which the policy is evaluated and where its record goes.
// A record is one real transition, kept for the backward pass: features x, hidden activations h, output deltas δ.

import constants::TILE;
import package::environment::State;

@if(record) @group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;

const IDLE = 0xffffffffu;

var<workgroup> states: array<State, TILE>;
// Start of the row's record in `rows`, or IDLE where there is nothing to evaluate.
var<workgroup> row_address: array<u32, TILE>;
