// Backward pass of the policy with unit coefficients, over real transitions only:
//   δ_{l−1} = (W_l δ_l) ⊙ lrelu′(h_{l−1}),   from δ_L = onehot(a) − p, which the rollout recorded.
// Coefficients enter later, in the weight gradients; so one pass serves any objective and any number of channels. They
// enter here only where outputs or transitions have coefficients of their own (`weighted`).

import constants::{BATCH, BLOCK, DELTA_OFFSET, FORWARD4, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, ROWS, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::sampler::activation::leaky_slope;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::replica::Replica;
import package::sampler::section::{evaluation_at, record_start};
import package::sampler::weights::weights;
import package::trainer::live_range::{live_range, live_rows};

@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;      // see sampler/section.wgsl
@group(0) @binding(4) var<storage, read> replicas: array<Replica>;      // [replica]
// `learned_backward`: [replica][trajectory], of ∇s and ∇b. `flow`: [replica][trajectory][time], of ∇log p_F and ∇log F.
@if(weighted)
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;

const NONE = 0xffffffffu;

var<workgroup> row_start: array<u32, TILE>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let live = live_range(replica);
  let first = live.x + group.x * TILE;
  if (first >= live.y) {
    return;
  }
  let zero = replicas[replica].zero;
  for (var row = lane; row < TILE; row += LANES) {
    let evaluation = live_rows[replica * BATCH * ROWS + min(first + row, live.y - 1u)];
    row_start[row] = select(NONE, record_start(replica, evaluation), first + row < live.y);
  }
  workgroupBarrier();
  let last = LAYERS - 1u;
  for (var item = lane; item < TILE * OUT4[last]; item += LANES) {
    let start = row_start[item / OUT4[last]];
    if (start != NONE) {
      activations[half(last) + item] = output_delta(replica, start, item % OUT4[last]);
    }
  }
  workgroupBarrier();
  for (var layer = last; layer > 0u; layer--) {
    let in4 = OUT4[layer];
    let out4 = IN4[layer];
    for (var item = lane; item < pieces(out4); item += LANES) {
      let piece = piece_at(item, out4);
      let sums = multiply(half(layer), in4, replica * WEIGHTS4 + TRANSPOSED_OFFSET[layer], out4, piece, zero);
      for (var i = 0u; i < rows_of(piece, out4); i++) {
        let start = row_start[piece.first_row + i];
        if (start != NONE) {
          let h = rows[start + INPUT_OFFSET[layer] + piece.column];
          let delta = sums[i] * leaky_slope(h);
          activations[half(layer - 1u) + (piece.first_row + i) * out4 + piece.column] = delta;
          rows[start + DELTA_OFFSET[layer - 1u] + piece.column] = delta;
        }
      }
    }
    workgroupBarrier();
  }
}

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
