// The matrix product of the layered path, records in and out:
//   out[row][column] = Σ_k in[row][k] · W[k][column]
// An invocation computes BLOCK rows of COLUMNS vec4s in registers; nothing is kept in workgroup memory, so that layers of any
// width fit.
//
// `subgroups`: the lanes of a subgroup have the same rows, and load those for each other.

import constants::{BLOCK, COLUMNS};
import package::tensor::subgroup::whole_subgroups;
@if(subgroups) import package::tensor::subgroup::{SHARED, of_lanes};
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

// Invocations for the columns of the same rows, with idle ones at the end where a subgroup would otherwise have several rows.
fn across() -> u32 {
  return whole_subgroups((layer.out4 + COLUMNS - 1u) / COLUMNS);
}

// starts: where the records of the rows begin; base: where the replica's weights do.
fn product(starts: array<u32, BLOCK>, base: u32, column: u32, lane: u32) -> Block {
  var sums = Block();
  @if(subgroups) var own: array<u32, BLOCK / SHARED>;
  @if(subgroups) for (var i = 0u; i < BLOCK / SHARED; i++) {
    own[i] = starts[i * SHARED + lane % SHARED];
  }
  for (var k = 0u; k < layer.in4; k++) {
    var x = array<vec4f, BLOCK>();
    @if(subgroups) for (var first = 0u; first < BLOCK; first += SHARED) {
      let loaded = of_lanes(rows[own[first / SHARED] + layer.input + k]);
      for (var i = 0u; i < SHARED; i++) {
        x[first + i] = loaded[i];
      }
    }
    @if(!subgroups) for (var i = 0u; i < BLOCK; i++) {
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
