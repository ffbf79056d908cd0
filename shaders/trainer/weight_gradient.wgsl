// Gradients of the weights, for one or two channels of coefficients:
//   ∂/∂W_l = Σ_n c_n Σ_t in_l(n, t) ⊗ δ_l(n, t),   ∂/∂b_l = Σ_n c_n Σ_t δ_l(n, t).
// It does not use block_product.wgsl: the inner sum of outer products is per trajectory, before its coefficients are applied, so a
// second channel costs one multiplication per trajectory instead of one per transition. Ended trajectories contribute no rows.
//
// An invocation computes 4 · INPUTS4 × COLUMNS vec4s of one layer's W over one of PARTS ranges of trajectories. The invocations of
// the first inputs also compute COLUMNS vec4s of b. reduce_gradient.wgsl adds up the parts. A section has several parts.
//
// `subgroups`: the lanes of a subgroup have the same inputs. Each of the first SHARED loads some of them, for all.

import constants::{BATCH, BIAS_OFFSET, COLUMNS, DELTA_OFFSET, HORIZON, IN4, INPUT_OFFSET, INPUTS4, LANES, LAYERS, OUT4, PARAMETERS4, PARTS, ROWS, WEIGHT_OFFSET, CHANNELS};
@if(flow_rows) import package::objectives::balance::flow_rows::FlowRow;
import package::sampler::records::Trajectory;
import package::sampler::replica::Replica;
import package::sampler::section::{record_start, section_first};
import package::tensor::subgroup::whole_subgroups;
@if(subgroups) import package::tensor::subgroup::{SHARED, components_of_lanes};

@group(0) @binding(0) var<storage, read> rows: array<vec4f>;               // see sampler/section.wgsl
@group(0) @binding(1) var<storage, read> trajectories: array<Trajectory>;  // [replica][trajectory]
@if(!weighted)
@group(0) @binding(2) var<storage, read> coefficients: array<vec2f>;       // [replica][trajectory]: channels U and S
@if(flow_rows)
@group(0) @binding(2) var<storage, read> flow_rows: array<FlowRow>;        // [replica][trajectory][ROWS]
@group(0) @binding(3) var<storage, read> replicas: array<Replica>;         // [replica]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;     // [replica][part][channel][PARAMETERS4]

const WEIGHTS = 4u * INPUTS4 * COLUMNS;

// The weights' vec4s [input][column], then the bias's [column].
alias Block = array<vec4f, WEIGHTS + COLUMNS>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u) {
  let share = (BATCH + PARTS - 1u) / PARTS;
  let part = section_first() / share + group.y;
  let replica = group.z;
  let zero = replicas[replica].zero;

  // Which layer, and which block of it, this invocation computes.
  var job = id.x;
  var layer = 0u;
  while (layer < LAYERS && job >= jobs(layer)) {
    job -= jobs(layer);
    layer += 1u;
  }
  if (layer == LAYERS) {
    return;
  }
  let column = (job % across(layer)) * COLUMNS;
  let first = (job / across(layer)) * INPUTS4;
  let input = INPUT_OFFSET[layer] + first;
  let last_input = INPUT_OFFSET[layer] + max(IN4[layer], 1u) - 1u;
  let delta = DELTA_OFFSET[layer] + column;

  var u = Block();
  @if(two_channels) var s = Block();
  let end = min((part + 1u) * share, BATCH);
  for (var n = part * share; n < end + zero; n++) {
    var sum = Block();
    let trajectory = replica * BATCH + n;
    @if(flow_rows) let length = flow_rows[trajectory * ROWS].count;
    @if(!flow_rows) let length = u32(trajectories[trajectory].length) + ROWS - HORIZON;
    // Two transitions at a time, because on software adapters every assignment within a loop costs time.
    for (var time = 0u; time < length; time += 2u) {
      let record = record_start(replica, n * ROWS + time);
      let next_record = record_start(replica, n * ROWS + min(time + 1u, length - 1u));
      var d: array<vec4f, COLUMNS>;
      var next_d: array<vec4f, COLUMNS>;
      for (var c = 0u; c < COLUMNS; c++) {
        d[c] = rows[record + delta + c];
        next_d[c] = select(vec4f(), rows[next_record + delta + c], time + 1u < length);
        sum[WEIGHTS + c] = sum[WEIGHTS + c] + d[c] + next_d[c];
      }
      for (var k = 0u; k < INPUTS4; k++) {
        let at = min(input + k, last_input);
        let x = two_vectors(record + at, next_record + at, id.x);
        for (var i = 0u; i < 4u; i++) {
          for (var c = 0u; c < COLUMNS; c++) {
            let w = (4u * k + i) * COLUMNS + c;
            sum[w] = sum[w] + x[0][i] * d[c] + x[1][i] * next_d[c];
          }
        }
      }
    }
    @if(!weighted) let weight = coefficients[trajectory];
    for (var i = 0u; i < WEIGHTS + COLUMNS; i++) {
      // `weighted` deltas have their coefficients already.
      @if(weighted) u[i] += sum[i];
      @else u[i] += weight.x * sum[i];
      @if(two_channels) {
        s[i] += weight.y * sum[i];
      }
    }
  }

  let target_start = (replica * PARTS + part) * CHANNELS * PARAMETERS4;
  for (var c = 0u; c < COLUMNS; c++) {
    if (column + c < OUT4[layer]) {
      let inputs = 4u * min(INPUTS4, IN4[layer] - first);
      // A GPU keeps `u` and `s` in registers where their indices are known when it compiles.
      @if(software) let bound = inputs;
      @if(!software) const bound = 4u * INPUTS4;
      for (var i = 0u; i < bound; i++) {
        if (i < inputs) {
          let offset = target_start + WEIGHT_OFFSET[layer] + (4u * first + i) * OUT4[layer] + column + c;
          partials[offset] = u[i * COLUMNS + c];
          @if(two_channels) {
            partials[offset + PARAMETERS4] = s[i * COLUMNS + c];
          }
        }
      }
      if (first == 0u) {
        let offset = target_start + BIAS_OFFSET[layer] + column + c;
        partials[offset] = u[WEIGHTS + c];
        @if(two_channels) {
          partials[offset + PARAMETERS4] = s[WEIGHTS + c];
        }
      }
    }
  }
}

// The vec4s at two places of `rows`.
fn two_vectors(first: u32, second: u32, lane: u32) -> mat2x4f {
  @if(subgroups) return components_of_lanes(rows[select(first, second, lane % SHARED >= 4u)][lane % 4u]);
  @else return mat2x4f(rows[first], rows[second]);
}

// Blocks beside each other. With subgroups the last ones are idle, so that a subgroup never has blocks of several inputs.
fn across(layer: u32) -> u32 {
  return whole_subgroups((OUT4[layer] + COLUMNS - 1u) / COLUMNS);
}

// A layer of biases alone has no inputs.
fn jobs(layer: u32) -> u32 {
  return (max(IN4[layer], 1u) + INPUTS4 - 1u) / INPUTS4 * across(layer);
}
