// The one matrix product of the policies: a tile of rows in workgroup memory times a weight matrix in storage.
//   out[row][column] = Σ_k in[row][k] · W[k][column]
// An invocation computes BLOCK rows of one vec4 of columns, so that each weight it loads serves BLOCK rows.

import constants::{BLOCK, TILE, TILE_WIDTH4};
import package::sampler::weights::weights;

// Two halves: a layer reads one and writes the other.
var<workgroup> activations: array<vec4f, 2 * TILE * TILE_WIDTH4>;

alias RowBlock = array<vec4f, BLOCK>;

fn half(index: u32) -> u32 {
  return (index % 2u) * TILE * TILE_WIDTH4;
}

// input: start of the rows in `activations`, in4 vec4s each; matrix: start of W in `weights`, out4 vec4s per row of W.
fn multiply(input: u32, in4: u32, matrix: u32, out4: u32, first_row: u32, column: u32, zero: u32) -> RowBlock {
  var sums = RowBlock();
  for (var k = 0u; k < in4 + zero; k++) {
    let w = matrix + 4u * k * out4 + column;
    let slice = mat4x4f(weights[w], weights[w + out4], weights[w + 2u * out4], weights[w + 3u * out4]);
    for (var i = 0u; i < BLOCK; i++) {
      sums[i] += slice * activations[input + (first_row + i) * in4 + k];
    }
  }
  return sums;
}
