// The layer that a dispatch of the layered path computes.

import constants::COLUMNS;
import package::tensor::subgroup::whole_subgroups;

// The same for all invocations: widths in vec4s, and where things begin in a record or in a replica's weights.
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

// Invocations for the columns of the same rows, with idle ones at the end where a subgroup would otherwise have several rows.
fn across() -> u32 {
  return whole_subgroups((layer.out4 + COLUMNS - 1u) / COLUMNS);
}
