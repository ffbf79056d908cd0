// Backward pass of residual.wgsl: from the gradient δ of the outputs to that of every layer. With dx the gradient by x:
//   dx = Wᵀ δ;   for each block from the last:  dW_2 gets dx,  du = W_2ᵀ dx ⊙ lrelu′(u),  dn = W_1ᵀ du,  γ gets dn ⊙ x̂, β gets dn,
//   dx ← dx + (d − mean d − x̂ · mean(d ⊙ x̂)) / √(variance + ε)  with d = γ ⊙ dn.

import constants::{BIAS_OFFSET, BLOCKS, DELTA_OFFSET, EXTRA_OFFSET, LANES, LAYERS, OUT4, TILE};
import package::sampler::dense::{activations, half};
import package::sampler::weights::weights;
import package::trainer::backward_tile::{Tile, is_live, load_tile, propagate, propagate_activated, record_delta, row_start, rows};

// dx begins at half(0), du right behind it, δ and dn at half(1).
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = load_tile(group, lane, half(1u));
  if (tile.is_empty) {
    return;
  }
  propagate(lane, tile, LAYERS - 1u, half(1u), 0u);
  for (var after = BLOCKS + tile.zero; after > 0u; after--) {
    // The layers of a block, in order: γ, β, W_1, W_2.
    let first = 4u * (after - 1u) + 1u;
    let du = TILE * OUT4[0];
    record_delta(lane, first + 3u, 0u);
    propagate_activated(lane, tile, first + 3u, 0u, du);
    propagate(lane, tile, first + 2u, du, half(1u));
    if (lane < TILE && is_live(lane)) {
      through_norm(lane, after - 1u, tile);
    }
    workgroupBarrier();
  }
  record_delta(lane, 0u, 0u);
}

// Adds to one row's dx the gradient that comes through the layer norm of a block. One lane per row.
fn through_norm(row: u32, block: u32, tile: Tile) {
  let width = OUT4[0];
  let first = 4u * block + 1u;
  let extra = row_start[row] + EXTRA_OFFSET + block * (width + 1u);
  var sum = 0.0;
  var product = 0.0;
  for (var j = 0u; j < width + tile.zero; j++) {
    let dn = activations[half(1u) + row * width + j];
    let normal = rows[extra + j];
    let d = weights[tile.base + BIAS_OFFSET[first] + j] * dn;
    rows[row_start[row] + DELTA_OFFSET[first] + j] = dn * normal;
    rows[row_start[row] + DELTA_OFFSET[first + 1u] + j] = dn;
    sum += dot(d, vec4f(1.0));
    product += dot(d, normal);
  }
  let count = f32(4u * width);
  for (var j = 0u; j < width + tile.zero; j++) {
    let d = weights[tile.base + BIAS_OFFSET[first] + j] * activations[half(1u) + row * width + j];
    activations[row * width + j] += rows[extra + width].x * (d - sum / count - rows[extra + j] * (product / count));
  }
}
