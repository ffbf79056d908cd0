// Backward pass of the MLP with unit coefficients, over real transitions only:
//   δ_{l−1} = (W_l δ_l) ⊙ lrelu′(h_{l−1}),   from δ_L = onehot(a) − p, which the rollout recorded.
// Coefficients enter later, in the weight gradients, so that one pass serves any objective and any number of channels.

import constants::{DELTA_OFFSET, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::sampler::activation::leaky_slope;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::replica::Replica;
import package::sampler::weights::weights;
import package::trainer::backward_tile::{NONE, load_tile, output_delta, row_start, rows};

@group(0) @binding(4) var<storage, read> replicas: array<Replica>;      // [replica]

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  if (!load_tile(replica, group.x, lane)) {
    return;
  }
  let zero = replicas[replica].zero;
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
