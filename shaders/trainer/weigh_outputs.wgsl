// Coefficients on the deltas of the outputs, before a layered backward pass, where different outputs or transitions have
// coefficients of their own; see mlp_backward.wgsl.

import constants::{BATCH, FORWARD4, LANES, LAYERS, OUT4, ROWS, ROW4, SCORE_OFFSET};
import package::objectives::records::Outcome;
import package::sampler::rows::rows;

@group(0) @binding(2) var<storage, read> live_rows: array<u32>;          // [replica][BATCH · ROWS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;       // [replica]
// `learned_backward`: [replica][trajectory], of ∇s and ∇b. `flow`: [replica][trajectory][time], of ∇log p_F and ∇log F.
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let replica = id.y;
  let width = OUT4[LAYERS - 1u];
  let total = outcomes[replica].live_rows * width;
  for (var item = id.x; item < total; item += groups.x * LANES) {
    let row = replica * BATCH * ROWS + live_rows[replica * BATCH * ROWS + item / width];
    @if(flow) let weight = coefficients[row];
    @else let weight = coefficients[row / ROWS];
    let column = item % width;
    rows[row * ROW4 + SCORE_OFFSET + column] *= select(weight.y, weight.x, column < FORWARD4);
  }
}
