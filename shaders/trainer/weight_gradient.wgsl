// Gradients of the weights, for one or two channels of coefficients:
//   ∂/∂W_l = Σ_n c_n Σ_t in_l(n, t) ⊗ δ_l(n, t),   ∂/∂b_l = Σ_n c_n Σ_t δ_l(n, t).
// The inner sum is folded per trajectory before the coefficients are applied, so that a second channel costs one
// multiplication per trajectory instead of one per transition. Ended trajectories contribute no rows.
//
// An invocation computes 4 × COLUMNS vec4s of one layer's W, or COLUMNS vec4s of its b (the same code with in = 1, and
// three of the four rows idle), over one of PARTS ranges of trajectories. Parts are added up by reduce_gradient.wgsl. A
// section is several of them.

import constants::{BATCH, BIAS_OFFSET, COLUMNS, DELTA_OFFSET, HORIZON, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, PARAMETERS4, PARTS, ROWS, WEIGHT_OFFSET, CHANNELS};
import package::objectives::records::Trajectory;
import package::sampler::replica::Replica;
import package::sampler::section::{record_start, section_first};

@group(0) @binding(0) var<storage, read> rows: array<vec4f>;               // see sampler/section.wgsl
@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;  // [replica][trajectory]
@if(!weighted)
@group(0) @binding(2) var<storage, read> coefficients: array<vec2f>;       // [replica][trajectory]: channels U and S
@group(0) @binding(3) var<storage, read> replicas: array<Replica>;         // [replica]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;     // [replica][part][channel][PARAMETERS4]

alias Block = array<vec4f, 4 * COLUMNS>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let share = (BATCH + PARTS - 1u) / PARTS;
  let part = section_first() / share + group.y;
  let replica = group.z;
  let zero = replicas[replica].zero;

  // Which layer, and which block of it, this invocation computes.
  var job = id.x;
  var layer = 0u;
  var width = (OUT4[0] + COLUMNS - 1u) / COLUMNS;
  while (layer < LAYERS && job >= (IN4[layer] + 1u) * width) {
    job -= (IN4[layer] + 1u) * width;
    layer += 1u;
    width = (OUT4[min(layer, LAYERS - 1u)] + COLUMNS - 1u) / COLUMNS;
  }
  if (layer == LAYERS) {
    return;
  }
  let column = (job % width) * COLUMNS;
  let k = job / width;
  let bias = k == IN4[layer];
  let input = INPUT_OFFSET[layer] + select(k, 0u, bias);
  let delta = DELTA_OFFSET[layer] + column;

  var u = Block();
  @if(two_channels) var s = Block();
  let end = min((part + 1u) * share, BATCH);
  for (var n = part * share; n < end + zero; n++) {
    var sum = Block();
    let trajectory = replica * BATCH + n;
    let length = u32(trajectories[trajectory].length) + ROWS - HORIZON;
    for (var time = 0u; time < length; time++) {
      let start = record_start(replica, n * ROWS + time);
      let x = select(rows[start + input], vec4f(1.0, 0.0, 0.0, 0.0), bias);
      for (var c = 0u; c < COLUMNS; c++) {
        let d = rows[start + delta + c];
        for (var i = 0u; i < 4u; i++) {
          sum[i * COLUMNS + c] += x[i] * d;
        }
      }
    }
    @if(!weighted) let weight = coefficients[trajectory];
    for (var i = 0u; i < 4u * COLUMNS; i++) {
      // `weighted` deltas have their coefficients already.
      @if(weighted) u[i] += sum[i];
      @else u[i] += weight.x * sum[i];
      @if(two_channels) {
        s[i] += weight.y * sum[i];
      }
    }
  }

  let target_start = (replica * PARTS + part) * CHANNELS * PARAMETERS4;
  for (var i = 0u; i < select(4u, 1u, bias); i++) {
    for (var c = 0u; c < COLUMNS; c++) {
      if (column + c < OUT4[layer]) {
        let offset = select(WEIGHT_OFFSET[layer] + (4u * k + i) * OUT4[layer], BIAS_OFFSET[layer], bias) + column + c;
        partials[target_start + offset] = u[i * COLUMNS + c];
        @if(two_channels) {
          partials[target_start + PARAMETERS4 + offset] = s[i * COLUMNS + c];
        }
      }
    }
  }
}
