// Backward pass of the graph isomorphism network (sampler/gin.wgsl) with unit coefficients. A trajectory is gone through
// from its last node to its first. For a decision with scores δ_ij = ∂ log p(action) / ∂ logit(i, j):
//   x_ij = q_i + q_j + Σ_k g_k,   ∂q_i += r ⊙ Σ_j δ_ij lrelu′(x_ij),   ∂g_k += r ⊙ Σ_{i<j} δ_ij lrelu′(x_ij),
//   ∂r += Σ_{i<j} δ_ij lrelu(x_ij).
// When the walk arrives at a node, all decisions that saw it as a root, and the node that joined it, have left their share:
// its delta goes down through its layers, and what it heard from its children on to them.
// Only deltas of layers are written; weight_gradient.wgsl turns them into gradients, as it does for every policy.

import constants::{BATCH, BIAS_OFFSET, BLOCK, DELTA_OFFSET, HORIZON, IN4, LANES, OUT4, OUTPUT_OFFSET, ROWS, ROW4, SCORE_OFFSET, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::environment::{LEAVES, action_of, pair_of};
import package::policy::{LEAD, NONE, PROJECTION, READOUT, roots};
import package::sampler::activation::{leaky_relu, leaky_slope};
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::replica::Replica;
import package::sampler::section::{record_start, section_end, section_first};
import package::sampler::weights::weights;

@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;  // see sampler/section.wgsl
@group(0) @binding(2) var<storage, read> actions: array<u32>;       // [replica][trajectory][HORIZON]
@group(0) @binding(3) var<storage, read> replicas: array<Replica>;  // [replica]

// [slot]: start of the trajectory's records, or NONE
var<workgroup> row_start: array<u32, TILE>;
// [slot][join]: the two nodes that it joins
var<workgroup> joined: array<vec2u, TILE * HORIZON>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let replica = group.y;
  let base = replica * WEIGHTS4;
  let zero = replicas[replica].zero;
  let trajectory = section_first() + group.x * TILE + lane;
  let present = trajectory < section_end();
  if (lane < TILE) {
    row_start[lane] = select(NONE, record_start(replica, trajectory * ROWS), present);
    if (present) {
      replay(lane, (replica * BATCH + trajectory) * HORIZON, zero);
    }
  }
  for (var after = ROWS + zero; after > 0u; after--) {
    let node = after - 1u;
    if (node >= LEAD) {
      if (lane < TILE && present) {
        part(lane, node - LEAD, (replica * BATCH + trajectory) * HORIZON);
      }
      workgroupBarrier();
      decision(lane, node, base, zero);
      storageBarrier();
      workgroupBarrier();
    }
    descend(lane, node, base, zero);
  }
}

// Follows a trajectory's joins to its end.
fn replay(slot: u32, first_action: u32, zero: u32) {
  for (var leaf = 0u; leaf < LEAVES + zero; leaf++) {
    roots[slot * LEAVES + leaf] = leaf;
  }
  for (var time = 0u; time < HORIZON + zero; time++) {
    let pair = slot * LEAVES + pair_of(actions[first_action + time]);
    joined[slot * HORIZON + time] = vec2u(roots[pair.x], roots[pair.y]);
    roots[pair.x] = LEAVES + time;
    roots[pair.y] = NONE;
  }
}

// Takes the join at `time` back: the roots are then those among which it was decided.
fn part(slot: u32, time: u32, first_action: u32) {
  let pair = slot * LEAVES + pair_of(actions[first_action + time]);
  let nodes = joined[slot * HORIZON + time];
  roots[pair.x] = nodes.x;
  roots[pair.y] = nodes.y;
}

fn decision(lane: u32, node: u32, base: u32, zero: u32) {
  let width = OUT4[READOUT];
  for (var item = lane; item < TILE * width; item += LANES) {
    activations[item] = readout(item / width, item % width, zero);
  }
  workgroupBarrier();
  for (var item = lane; item < TILE * (LEAVES + 1u) * width; item += LANES) {
    let column = item % width;
    let slot = item / width / (LEAVES + 1u);
    let i = item / width % (LEAVES + 1u);
    if (row_start[slot] != NONE) {
      let r = weights[base + BIAS_OFFSET[READOUT] + column];
      if (i < LEAVES) {
        if (roots[slot * LEAVES + i] != NONE) {
          rows[projection_of(slot, i, DELTA_OFFSET[PROJECTION] + column)] += r * root_delta(slot, i, node, column, zero);
        }
      } else {
        let sums = pair_sums(slot, node, column, zero);
        rows[row_start[slot] + node * ROW4 + DELTA_OFFSET[READOUT] + column] = sums.values;
        for (var k = 0u; k < LEAVES + zero; k++) {
          if (roots[slot * LEAVES + k] != NONE) {
            rows[projection_of(slot, k, DELTA_OFFSET[PROJECTION] + width + column)] += r * sums.slopes;
          }
        }
      }
    }
  }
}

// Place in the record of the root of slot i's tree.
fn projection_of(slot: u32, i: u32, offset: u32) -> u32 {
  return row_start[slot] + roots[slot * LEAVES + i] * ROW4 + offset;
}

// A column of Σ_k g_k.
fn readout(slot: u32, column: u32, zero: u32) -> vec4f {
  var sum = vec4f();
  for (var k = 0u; k < LEAVES + zero; k++) {
    if (row_start[slot] != NONE && roots[slot * LEAVES + k] != NONE) {
      sum += rows[projection_of(slot, k, OUTPUT_OFFSET[PROJECTION] + OUT4[READOUT] + column)];
    }
  }
  return sum;
}

fn score(slot: u32, node: u32, i: u32, j: u32) -> f32 {
  let action = action_of(min(i, j), max(i, j));
  return rows[row_start[slot] + node * ROW4 + SCORE_OFFSET + action / 4u][action % 4u];
}

// A column of x_ij, where both slots have roots.
fn pair_input(slot: u32, i: u32, j: u32, column: u32) -> vec4f {
  let offset = OUTPUT_OFFSET[PROJECTION] + column;
  return rows[projection_of(slot, i, offset)] + rows[projection_of(slot, j, offset)] + activations[slot * OUT4[READOUT] + column];
}

// A column of Σ_j δ_ij lrelu′(x_ij)
fn root_delta(slot: u32, i: u32, node: u32, column: u32, zero: u32) -> vec4f {
  var sum = vec4f();
  for (var j = 0u; j < LEAVES + zero; j++) {
    if (j != i && roots[slot * LEAVES + j] != NONE) {
      sum += score(slot, node, i, j) * leaky_slope(pair_input(slot, i, j, column));
    }
  }
  return sum;
}

struct PairSums {
  values: vec4f,  // Σ_{i<j} δ_ij lrelu(x_ij)
  slopes: vec4f,  // Σ_{i<j} δ_ij lrelu′(x_ij)
}

fn pair_sums(slot: u32, node: u32, column: u32, zero: u32) -> PairSums {
  var sums = PairSums();
  for (var j = 1u; j < LEAVES + zero; j++) {
    for (var i = 0u; i < j; i++) {
      if (roots[slot * LEAVES + i] != NONE && roots[slot * LEAVES + j] != NONE) {
        let delta = score(slot, node, i, j);
        let x = pair_input(slot, i, j, column);
        sums.values += delta * leaky_relu(x);
        sums.slopes += delta * leaky_slope(x);
      }
    }
  }
  return sums;
}

// From a node's delta of (q, g) down to that of its first layer.
fn descend(lane: u32, node: u32, base: u32, zero: u32) {
  let width = OUT4[PROJECTION];
  for (var item = lane; item < TILE * width; item += LANES) {
    let slot = item / width;
    let column = item % width;
    if (row_start[slot] != NONE) {
      let start = row_start[slot] + node * ROW4;
      activations[half(PROJECTION) + item] = rows[start + DELTA_OFFSET[PROJECTION] + column];
      if (node < LEAD && column < OUT4[READOUT]) {
        rows[start + DELTA_OFFSET[READOUT] + column] = vec4f();
      }
    }
  }
  workgroupBarrier();
  for (var layer = PROJECTION + zero; layer > 0u; layer--) {
    let out4 = IN4[layer];
    for (var item = lane; item < pieces(out4); item += LANES) {
      let piece = piece_at(item, out4);
      let sums = multiply(half(layer), OUT4[layer], base + TRANSPOSED_OFFSET[layer], out4, piece, zero);
      for (var i = 0u; i < rows_of(piece, out4); i++) {
        activations[half(layer - 1u) + (piece.first_row + i) * out4 + piece.column] = sums[i];
      }
    }
    workgroupBarrier();
    for (var item = lane; item < TILE * out4; item += LANES) {
      let at = half(layer - 1u) + item;
      if (row_start[item / out4] != NONE) {
        activations[at] = settle(item / out4, node, layer - 1u, item % out4, activations[at]);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// The delta of a layer's output from `sum`, the gradient by what the layer above it read.
fn settle(slot: u32, node: u32, layer: u32, column: u32, sum: vec4f) -> vec4f {
  let start = row_start[slot] + node * ROW4;
  var delta = sum * leaky_slope(rows[start + OUTPUT_OFFSET[layer] + column]);
  if (layer % 2u == 1u && layer + 1u < PROJECTION) {
    // An embedding: whoever joined this node has read it too, and the layer above has added those of its children to it.
    delta += rows[start + DELTA_OFFSET[layer] + column];
    if (node >= LEAVES) {
      let nodes = joined[slot * HORIZON + node - LEAVES];
      pass_on(row_start[slot] + nodes.x * ROW4, layer, column, sum);
      pass_on(row_start[slot] + nodes.y * ROW4, layer, column, sum);
    }
  }
  rows[start + DELTA_OFFSET[layer] + column] = delta;
  return delta;
}

fn pass_on(start: u32, layer: u32, column: u32, sum: vec4f) {
  rows[start + DELTA_OFFSET[layer] + column] += sum * leaky_slope(rows[start + OUTPUT_OFFSET[layer] + column]);
}
