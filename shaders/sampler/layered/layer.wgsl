// The layer that a dispatch of the layered path computes, as a uniform.

import constants::COLUMNS;
import package::tensor::subgroup::whole_subgroups;

// Widths in vec4s, and offsets in a record (input, output, gate) or in a replica's weights (matrix, bias).
struct Layer {
  in4: u32,
  out4: u32,
  input: u32,
  output: u32,
  matrix: u32,
  bias: u32,
  gate: u32,    // backward pass: the activation whose derivative multiplies the gradient
  linear: u32,  // 1 if no activation follows
}

@group(0) @binding(9) var<uniform> layer: Layer;

// Number of invocations for the columns of one block of rows. It is padded with idle invocations, so that a subgroup never has two blocks.
fn across() -> u32 {
  return whole_subgroups((layer.out4 + COLUMNS - 1u) / COLUMNS);
}
