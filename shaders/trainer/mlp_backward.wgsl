// Backward pass of the policy with unit coefficients, over real transitions only:
//   δ_{l−1} = (W_l δ_l) ⊙ lrelu′(h_{l−1}),   from δ_L = onehot(a) − p, which the rollout recorded.
// Coefficients enter later, in the weight gradients; so one pass serves any objective and any number of channels. Only
// with a learned p_B, whose outputs have a coefficient of their own, do they enter here.

import constants::{BATCH, BLOCK, DELTA_OFFSET, FORWARD4, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, ROWS, ROW4, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::objectives::records::Outcome;
import package::sampler::activation::leaky_slope;
import package::sampler::dense::{activations, half, multiply};
import package::sampler::replica::Replica;
import package::sampler::weights::weights;

@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;      // [replica][trajectory][time][ROW4]
@group(0) @binding(2) var<storage, read> live_rows: array<u32>;         // [replica][BATCH · ROWS]
@group(0) @binding(3) var<storage, read> outcomes: array<Outcome>;      // [replica]
@group(0) @binding(4) var<storage, read> replicas: array<Replica>;      // [replica]
@if(learned_backward)
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;    // [replica][trajectory]: of ∇s and ∇b

var<workgroup> row_start: array<u32, TILE>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let live = outcomes[replica].live_rows;
  let first = group.x * TILE;
  if (first >= live) {
    return;
  }
  let zero = replicas[replica].zero;
  // Rows beyond the last repeat it: they write the same values to the same place.
  for (var row = lane; row < TILE; row += LANES) {
    let slot = live_rows[replica * BATCH * ROWS + min(first + row, live - 1u)];
    row_start[row] = (replica * BATCH * ROWS + slot) * ROW4;
  }
  workgroupBarrier();
  let last4 = OUT4[LAYERS - 1u];
  for (var item = lane; item < TILE * last4; item += LANES) {
    let column = item % last4;
    var delta = rows[row_start[item / last4] + DELTA_OFFSET[LAYERS - 1u] + column];
    @if(learned_backward) {
      // Forward and backward outputs have coefficients of their own, so they enter here, and with them the deltas.
      let weight = coefficients[row_start[item / last4] / (ROWS * ROW4)];
      delta *= select(weight.y, weight.x, column < FORWARD4);
    }
    activations[half(LAYERS - 1u) + item] = delta;
  }
  workgroupBarrier();
  for (var layer = LAYERS - 1u; layer > 0u; layer--) {
    let in4 = OUT4[layer];
    let out4 = IN4[layer];
    for (var item = lane; item < (TILE / BLOCK) * out4; item += LANES) {
      let first_row = (item / out4) * BLOCK;
      let column = item % out4;
      let sums = multiply(half(layer), in4, replica * WEIGHTS4 + TRANSPOSED_OFFSET[layer], out4, first_row, column, zero);
      for (var i = 0u; i < BLOCK; i++) {
        let start = row_start[first_row + i];
        let h = rows[start + INPUT_OFFSET[layer] + column];
        let delta = sums[i] * leaky_slope(h);
        activations[half(layer - 1u) + (first_row + i) * out4 + column] = delta;
        rows[start + DELTA_OFFSET[layer - 1u] + column] = delta;
      }
    }
    workgroupBarrier();
  }
}
