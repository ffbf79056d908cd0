// Coefficients of the outputs' gradients where the objective gives several to one trajectory (`weighted`): to log p_F and to a
// learned log p_B (`learned_backward`), or to every log p_F and log F of its transitions (`flow`).

import constants::{FORWARD4, ROWS};

// `learned_backward`: [replica][trajectory], of ∇s and ∇b. `flow`: [replica][trajectory][time], of ∇log p_F and ∇log F.
@group(0) @binding(5) var<storage, read> coefficients: array<vec2f>;

// The coefficient of a vec4 of the outputs. `evaluation` counts all evaluations of the policy: [replica][trajectory][ROWS].
fn output_weight(evaluation: u32, column: u32) -> f32 {
  @if(flow) let weight = coefficients[evaluation];
  @else let weight = coefficients[evaluation / ROWS];
  return select(weight.y, weight.x, column < FORWARD4);
}
