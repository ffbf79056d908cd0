// Rows of many actions (`wide`): all lanes of the workgroup share the work of the head of policies over discrete actions (categorical.wgsl).
// A row is cut into SEGMENTS of 16 vec4s. One lane takes a whole segment, so that the order of every sum is that of the actions within segments
// and then of the segments, whatever the tile and the number of lanes. The lane of a slot walks over segments, and over the actions of one.
//
// `layered`: the rows lie in `activations` one after another, as the layered path puts them there.

import constants::{FORWARD4, LANES, TILE};
@if(layered) import constants::{LAYERS, OUT4};
import package::head::{Distribution, Top, mask, score};
@if(!layered) import package::policy::outputs_start;
import package::sampler::dense::activations;
@if(record) import package::sampler::rows::rows;
import package::sampler::rows::states;
import package::tensor::masked::{MASKED, masked_exponentials};

// Distributions of a row: p_F, and p_B if the network learns it.
@if(learned_backward) const SIDES = 2u;
@if(!learned_backward) const SIDES = 1u;

const SEGMENT = 16u;
const SEGMENTS = (FORWARD4 + SEGMENT - 1u) / SEGMENT;

struct Part {
  top: Top,
  sum: f32,  // of the exponentials
}

// [row][side][segment]
var<workgroup> parts: array<Part, TILE * SIDES * SEGMENTS>;

// A score to record: of which distribution and action, and its first vec4 in `rows`.
struct Choice {
  distribution: Distribution,
  action: u32,
  record: u32,  // NOTHING where there is none
  chosen: u32,  // 0: the score is zero
}

const NOTHING = 0xffffffffu;

// [row][side]
@if(record) var<workgroup> choices: array<Choice, TILE * SIDES>;

fn side_of(row: u32, backward: bool) -> u32 {
  return row * SIDES + select(0u, 1u, backward);
}

fn row_start(row: u32) -> u32 {
  @if(layered) return row * OUT4[LAYERS - 1u];
  @else return outputs_start(row);
}

// Masks the logits of all rows of the tile, and finds the maximum and the sum of each segment.
fn prepare_segments(lane: u32) {
  @if(record) {
    for (var side = lane; side < TILE * SIDES; side += LANES) {
      choices[side].record = NOTHING;
    }
  }
  for (var item = lane; item < TILE * SIDES * SEGMENTS; item += LANES) {
    let side = item / SEGMENTS;
    let row = side / SIDES;
    let start = row_start(row) + side % SIDES * FORWARD4;
    let state = states[row];
    var top = Top(MASKED, 0u, true);
    for (var j = item % SEGMENTS * SEGMENT; j < segment_end(item % SEGMENTS); j++) {
      mask(&top, state, start + j, j, side % SIDES == 1u);
    }
    parts[item] = Part(top, 0.0);
  }
  workgroupBarrier();
  for (var item = lane; item < TILE * SIDES * SEGMENTS; item += LANES) {
    let side = item / SEGMENTS;
    let start = row_start(side / SIDES) + side % SIDES * FORWARD4;
    var highest = MASKED;
    for (var segment = 0u; segment < SEGMENTS; segment++) {
      highest = max(highest, parts[side * SEGMENTS + segment].top.highest);
    }
    var sum = 0.0;
    for (var j = item % SEGMENTS * SEGMENT; j < segment_end(item % SEGMENTS); j++) {
      sum += dot(masked_exponentials(activations[start + j], highest), vec4f(1.0));
    }
    parts[item].sum = sum;
  }
  workgroupBarrier();
}

// The vec4 behind the last one of a segment.
fn segment_end(segment: u32) -> u32 {
  return min((segment + 1u) * SEGMENT, FORWARD4);
}

// What the mask found in a whole row, and the sum of the segments' sums in their order.
fn whole_row(side: u32) -> Part {
  var whole = Part(Top(MASKED, 0u, true), 0.0);
  for (var segment = 0u; segment < SEGMENTS; segment++) {
    let part = parts[side * SEGMENTS + segment];
    let top = Top(max(whole.top.highest, part.top.highest), whole.top.allowed + part.top.allowed, whole.top.sound && part.top.sound);
    whole = Part(top, whole.sum + part.sum);
  }
  return whole;
}

// The segment in which the sum of the segments reaches `target_sum`, and the sum of those before it.
struct Found {
  segment: u32,
  before: f32,
}

// A segment that adds nothing is never chosen. If rounding leaves the last sum short, the last one that added something stands.
fn segment_at(side: u32, target_sum: f32) -> Found {
  var found = Found(0u, 0.0);
  var cumulative = 0.0;
  for (var segment = 0u; segment < SEGMENTS; segment++) {
    let next = cumulative + parts[side * SEGMENTS + segment].sum;
    if (next > cumulative) {
      found = Found(segment, cumulative);
      if (next >= target_sum) {
        break;
      }
    }
    cumulative = next;
  }
  return found;
}

// The segment of the allowed action of a rank, and the number of allowed actions before it.
fn segment_of_rank(side: u32, rank: u32) -> vec2u {
  var before = 0u;
  for (var segment = 0u; segment < SEGMENTS; segment++) {
    let next = before + parts[side * SEGMENTS + segment].top.allowed;
    if (rank < next) {
      return vec2u(segment, before);
    }
    before = next;
  }
  return vec2u(0u, 0u);
}

// Leaves a score, of p_F or p_B, to `record_scores`.
@if(record)
fn leave_score(record: u32, backward: bool, distribution: Distribution, action: u32, chosen: bool) {
  choices[side_of(distribution.side / SIDES, backward)] = Choice(distribution, action, record, select(0u, 1u, chosen));
}

// Records the scores of the actions that the slots' lanes have taken.
@if(record)
fn record_scores(lane: u32) {
  for (var item = lane; item < TILE * SIDES * FORWARD4; item += LANES) {
    let side = item / FORWARD4;
    let record = choices[side].record;
    if (record != NOTHING) {
      var delta = vec4f();
      if (choices[side].chosen == 1u) {
        delta = score(choices[side].distribution, choices[side].action, item % FORWARD4);
      }
      rows[record + item % FORWARD4] = delta;
    }
  }
}
