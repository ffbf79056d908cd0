// Backward pass of the graph isomorphism network (sampler/gin.wgsl) with unit coefficients, over each trajectory from its last
// node to its first. For a decision with scores δ_ij = ∂ log p(action) / ∂ logit(i, j):
//   x_ij = q_i + q_j + Σ_k g_k,   ∂q_i += r ⊙ Σ_j δ_ij lrelu′(x_ij),   ∂g_k += r ⊙ Σ_{i<j} δ_ij lrelu′(x_ij),
//   ∂r += Σ_{i<j} δ_ij lrelu(x_ij).
// When the pass arrives at a node, every decision that saw the node as a root and the node that joined it have added their
// shares to its delta. The delta then goes down through the node's layers, and from each embedding on to the node's children.
// The kernel writes deltas of layers only. weight_gradient.wgsl turns them into gradients, as for every policy.

import constants::{BATCH, BIAS_OFFSET, DELTA_OFFSET, HORIZON, IN4, LANES, OUT4, OUTPUT_OFFSET, ROWS, ROW4, SCORE_OFFSET, TILE};
import package::environment::{LEAVES, action_of, pair_of};
import package::policy::{LEAD, NONE, PROJECTION, READOUT, roots};
import package::sampler::activation::{leaky_relu, leaky_slope};
import package::sampler::dense::{activations, half};
import package::sampler::section::section_first;
import package::sampler::weights::weights;
import package::trainer::backward_tile::{Tile, is_live, load_trajectories, propagate, row_start, rows};

@group(0) @binding(6) var<storage, read> actions: array<u32>;       // [replica][trajectory][HORIZON]

// [slot][join]: the two nodes that it joins
var<workgroup> joined: array<vec2u, TILE * HORIZON>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = load_trajectories(group, lane);
  let present = lane < TILE && is_live(lane);
  let first_action = (group.y * BATCH + section_first() + group.x * TILE + lane) * HORIZON;
  if (present) {
    replay(lane, first_action, tile.zero);
  }
  for (var after = ROWS + tile.zero; after > 0u; after--) {
    let node = after - 1u;
    if (node >= LEAD) {
      if (present) {
        part(lane, node - LEAD, first_action);
      }
      workgroupBarrier();
      decision(lane, node, tile);
      storageBarrier();
      workgroupBarrier();
    }
    descend(lane, node, tile);
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

fn decision(lane: u32, node: u32, tile: Tile) {
  let zero = tile.zero;
  let width = OUT4[READOUT];
  for (var item = lane; item < TILE * width; item += LANES) {
    activations[item] = readout(item / width, item % width, zero);
  }
  workgroupBarrier();
  for (var item = lane; item < TILE * (LEAVES + 1u) * width; item += LANES) {
    let column = item % width;
    let slot = item / width / (LEAVES + 1u);
    let i = item / width % (LEAVES + 1u);
    if (is_live(slot)) {
      let r = weights[tile.base + BIAS_OFFSET[READOUT] + column];
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
    if (is_live(slot) && roots[slot * LEAVES + k] != NONE) {
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
fn descend(lane: u32, node: u32, tile: Tile) {
  let width = OUT4[PROJECTION];
  for (var item = lane; item < TILE * width; item += LANES) {
    let slot = item / width;
    let column = item % width;
    if (is_live(slot)) {
      let start = row_start[slot] + node * ROW4;
      activations[half(PROJECTION) + item] = rows[start + DELTA_OFFSET[PROJECTION] + column];
      if (node < LEAD && column < OUT4[READOUT]) {
        rows[start + DELTA_OFFSET[READOUT] + column] = vec4f();
      }
    }
  }
  workgroupBarrier();
  for (var layer = PROJECTION + tile.zero; layer > 0u; layer--) {
    propagate(lane, tile, layer, half(layer), half(layer - 1u));
    let out4 = IN4[layer];
    for (var item = lane; item < TILE * out4; item += LANES) {
      let at = half(layer - 1u) + item;
      if (is_live(item / out4)) {
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
