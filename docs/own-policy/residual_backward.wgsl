// Backward pass of residual.wgsl: from the gradient δ of the outputs to that of every layer. With dx the gradient by x:
//   dx = Wᵀ δ;   for each block from the last:  dW_2 gets dx,  du = W_2ᵀ dx ⊙ lrelu′(u),  dn = W_1ᵀ du,  γ gets dn ⊙ x̂, β gets dn,
//   dx ← dx + (d − mean d − x̂ · mean(d ⊙ x̂)) / √(variance + ε)  with d = γ ⊙ dn.

import constants::{BIAS_OFFSET, BLOCKS, DELTA_OFFSET, EXTRA_OFFSET, INPUT_OFFSET, LANES, LAYERS, OUT4, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::sampler::activation::leaky_slope;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::replica::Replica;
import package::sampler::weights::weights;
import package::trainer::backward_tile::{NONE, load_tile, output_delta, row_start, rows};

@group(0) @binding(4) var<storage, read> replicas: array<Replica>;

// dx begins at half(0), du right behind it, δ and dn at half(1).
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  if (!load_tile(replica, group.x, lane)) {
    return;
  }
  let zero = replicas[replica].zero;
  let base = replica * WEIGHTS4;
  let width = OUT4[0];
  let last = LAYERS - 1u;
  for (var item = lane; item < TILE * OUT4[last]; item += LANES) {
    let start = row_start[item / OUT4[last]];
    if (start != NONE) {
      activations[half(1u) + item] = output_delta(replica, start, item % OUT4[last]);
    }
  }
  workgroupBarrier();
  for (var item = lane; item < pieces(width); item += LANES) {
    let piece = piece_at(item, width);
    let sums = multiply(half(1u), OUT4[last], base + TRANSPOSED_OFFSET[last], width, piece, zero);
    for (var i = 0u; i < rows_of(piece, width); i++) {
      activations[(piece.first_row + i) * width + piece.column] = sums[i];
    }
  }
  workgroupBarrier();
  for (var after = BLOCKS + zero; after > 0u; after--) {
    let first = 4u * (after - 1u) + 1u;
    for (var item = lane; item < pieces(width); item += LANES) {
      let piece = piece_at(item, width);
      let sums = multiply(0u, width, base + TRANSPOSED_OFFSET[first + 3u], width, piece, zero);
      for (var i = 0u; i < rows_of(piece, width); i++) {
        let row = piece.first_row + i;
        if (row_start[row] != NONE) {
          let du = sums[i] * leaky_slope(rows[row_start[row] + INPUT_OFFSET[first + 3u] + piece.column]);
          activations[(TILE + row) * width + piece.column] = du;
          rows[row_start[row] + DELTA_OFFSET[first + 2u] + piece.column] = du;
          rows[row_start[row] + DELTA_OFFSET[first + 3u] + piece.column] = activations[row * width + piece.column];
        }
      }
    }
    workgroupBarrier();
    for (var item = lane; item < pieces(width); item += LANES) {
      let piece = piece_at(item, width);
      let sums = multiply(TILE * width, width, base + TRANSPOSED_OFFSET[first + 2u], width, piece, zero);
      for (var i = 0u; i < rows_of(piece, width); i++) {
        activations[half(1u) + (piece.first_row + i) * width + piece.column] = sums[i];
      }
    }
    workgroupBarrier();
    if (lane < TILE && row_start[lane] != NONE) {
      through_norm(lane, after - 1u, base, zero);
    }
    workgroupBarrier();
  }
  for (var item = lane; item < TILE * width; item += LANES) {
    if (row_start[item / width] != NONE) {
      rows[row_start[item / width] + DELTA_OFFSET[0] + item % width] = activations[item];
    }
  }
}

// Adds to one row's dx what comes through the layer norm of a block.
fn through_norm(row: u32, block: u32, base: u32, zero: u32) {
  let width = OUT4[0];
  let first = 4u * block + 1u;
  let extra = row_start[row] + EXTRA_OFFSET + block * (width + 1u);
  var sum = 0.0;
  var product = 0.0;
  for (var j = 0u; j < width + zero; j++) {
    let dn = activations[half(1u) + row * width + j];
    let normal = rows[extra + j];
    let d = weights[base + BIAS_OFFSET[first] + j] * dn;
    rows[row_start[row] + DELTA_OFFSET[first] + j] = dn * normal;
    rows[row_start[row] + DELTA_OFFSET[first + 1u] + j] = dn;
    sum += dot(d, vec4f(1.0));
    product += dot(d, normal);
  }
  let count = f32(4u * width);
  for (var j = 0u; j < width + zero; j++) {
    let d = weights[base + BIAS_OFFSET[first] + j] * activations[half(1u) + row * width + j];
    activations[row * width + j] += rows[extra + width].x * (d - sum / count - rows[extra + j] * (product / count));
  }
}
