// What all lanes of a workgroup do together for the head of policies over discrete actions (categorical.wgsl), before each slot's lane calls
// `prepare`: every exponential is computed once, and lies beside the logits, in the half of `activations` that the outputs leave free. Maxima and
// sums have the order that one lane would take, so that no bit changes.

import constants::{FORWARD4, LANES, TILE, TILE_WIDTH4};
import package::head::{Top, mask};
import package::policy::outputs_start;
import package::sampler::dense::activations;
import package::sampler::rows::states;
import package::tensor::masked::{MASKED, masked_exponentials};

// Distributions of a row: p_F, and p_B if the network learns it.
@if(learned_backward) const SIDES = 2u;
@if(!learned_backward) const SIDES = 1u;

// [row][side]
var<workgroup> tops: array<Top, TILE * SIDES>;

fn top_of(row: u32, backward: bool) -> Top {
  return tops[row * SIDES + select(0u, 1u, backward)];
}

// The place of an output's exponential: the same place in the other half of `activations`.
fn aside(at: u32) -> u32 {
  return (at + TILE * TILE_WIDTH4) % (2u * TILE * TILE_WIDTH4);
}

// Masks the logits of all rows of the tile, and computes their exponentials.
fn prepare_rows(lane: u32) {
  let vectors = SIDES * FORWARD4;
  for (var item = lane; item < TILE * vectors; item += LANES) {
    let at = outputs_start(item / vectors) + item % vectors;
    var top = Top(MASKED, 0u, true);
    mask(&top, states[item / vectors], at, item % FORWARD4, item % vectors >= FORWARD4);
    activations[aside(at)] = vec4f(top.highest, f32(top.allowed), select(0.0, 1.0, top.sound), 0.0);
  }
  workgroupBarrier();
  for (var item = lane; item < TILE * SIDES; item += LANES) {
    let start = outputs_start(item / SIDES) + item % SIDES * FORWARD4;
    var top = Top(MASKED, 0u, true);
    for (var j = 0u; j < FORWARD4; j++) {
      let part = activations[aside(start + j)];
      top = Top(max(top.highest, part.x), top.allowed + u32(part.y), top.sound && part.z == 1.0);
    }
    tops[item] = top;
  }
  workgroupBarrier();
  for (var item = lane; item < TILE * vectors; item += LANES) {
    let at = outputs_start(item / vectors) + item % vectors;
    activations[aside(at)] = masked_exponentials(activations[at], tops[item / FORWARD4].highest);
  }
  workgroupBarrier();
}
