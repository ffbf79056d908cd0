// The rows of a workgroup in a backward pass: TILE evaluations of the policy out of the transitions of a section, where each row's
// record begins, and the gradient of the outputs that the rollout recorded there.

import constants::{BATCH, DELTA_OFFSET, FORWARD4, LANES, LAYERS, ROWS, TILE};
import package::sampler::section::{evaluation_at, record_start};
import package::trainer::live_range::{live_range, live_rows};

@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;      // see sampler/section.wgsl
// `learned_backward`: [replica][trajectory], of ∇s and ∇b. `flow`: [replica][trajectory][time], of ∇log p_F and ∇log F.
@if(weighted)
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;

// Stands in `row_start` for a row without an evaluation.
const NONE = 0xffffffffu;

// Start of each row's record in `rows`, or NONE.
var<workgroup> row_start: array<u32, TILE>;

// Fills `row_start` for workgroup `group`; returns whether it has any row. All lanes must call it, and get the same answer.
fn load_tile(replica: u32, group: u32, lane: u32) -> bool {
  let live = live_range(replica);
  let first = live.x + group * TILE;
  if (first >= live.y) {
    return false;
  }
  for (var row = lane; row < TILE; row += LANES) {
    let evaluation = live_rows[replica * BATCH * ROWS + min(first + row, live.y - 1u)];
    row_start[row] = select(NONE, record_start(replica, evaluation), first + row < live.y);
  }
  workgroupBarrier();
  return true;
}

// A vec4 of the gradient of the outputs in the record at `start`. Where outputs or transitions have coefficients of their own
// (`weighted`), it is multiplied by them, also in the record.
fn output_delta(replica: u32, start: u32, column: u32) -> vec4f {
  let at = start + DELTA_OFFSET[LAYERS - 1u] + column;
  @if(!weighted) {
    return rows[at];
  }
  @if(weighted) {
    @if(flow) let weight = coefficients[evaluation_at(replica, start)];
    @else let weight = coefficients[evaluation_at(replica, start) / ROWS];
    let delta = rows[at] * select(weight.y, weight.x, column < FORWARD4);
    rows[at] = delta;
    return delta;
  }
}
