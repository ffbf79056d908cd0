// The matrix product of the layered path, records in and out:
//   out[row][column] = Σ_k in[row][k] · W[k][column]
// An invocation computes BLOCK rows of COLUMNS vec4s in registers; nothing is shared, so that layers of any width fit.

import constants::{BLOCK, COLUMNS};
import package::sampler::rows::rows;
import package::sampler::weights::weights;

// A layer, the same for all invocations: widths in vec4s, and where things begin in a record or in a replica's weights.
struct Layer {
  in4: u32,
  out4: u32,
  input: u32,
  output: u32,
  matrix: u32,
  bias: u32,
  gate: u32,    // backward: the activation that the gradient goes back through
  linear: u32,  // 1 where no activation follows
}

@group(0) @binding(9) var<uniform> layer: Layer;

alias Block = array<vec4f, BLOCK * COLUMNS>;

// starts: where the records of the rows begin; base: where the replica's weights do.
fn product(starts: array<u32, BLOCK>, base: u32, column: u32) -> Block {
  var sums = Block();
  for (var k = 0u; k < layer.in4; k++) {
    var x = array<vec4f, BLOCK>();
    for (var i = 0u; i < BLOCK; i++) {
      x[i] = rows[starts[i] + layer.input + k];
    }
    for (var c = 0u; c < COLUMNS; c++) {
      let w = base + layer.matrix + 4u * k * layer.out4 + min(column + c, layer.out4 - 1u);
      let slice = mat4x4f(weights[w], weights[w + layer.out4], weights[w + 2u * layer.out4], weights[w + 3u * layer.out4]);
      for (var i = 0u; i < BLOCK; i++) {
        sums[c * BLOCK + i] += slice * x[i];
      }
    }
  }
  return sums;
}
