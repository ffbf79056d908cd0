// Backward pass of the graph isomorphism network (sampler/gin.wgsl) with unit coefficients, over each trajectory from its last
// node to its first. For a decision with scores δ_ij = ∂ log p(action) / ∂ logit(i, j):
//   x_ij = q_i + q_j + Σ_k g_k,   ∂q_i += r ⊙ Σ_j δ_ij lrelu′(x_ij),   ∂g_k += r ⊙ Σ_{i<j} δ_ij lrelu′(x_ij),
//   ∂r += Σ_{i<j} δ_ij lrelu(x_ij).
// The sums over pairs are halves of those over roots i of the sums over j, which ∂q_i needs anyway.
// When the pass arrives at a node, every decision that saw the node as a root and the node that joined it have added their
// shares to its delta. The delta then goes down through the node's layers, and from each embedding on to the node's children.
// The kernel writes deltas of layers only. weight_gradient.wgsl turns them into gradients, as for every policy.

import constants::{BATCH, BIAS_OFFSET, DELTA_OFFSET, HORIZON, IN4, LANES, OUT4, OUTPUT_OFFSET, ROWS, ROW4, SCORE_OFFSET, TILE};
import package::environment::{LEAVES, action_of, pair_of};
import package::policy::{LEAD, NONE, PROJECTION, READOUT, roots};
import package::sampler::activation::{leaky_relu, leaky_slope};
import package::sampler::dense::{activations, half};
import package::sampler::replica::rolled;
import package::sampler::section::section_first;
import package::sampler::weights::weights;
import package::trainer::backward_tile::{Tile, is_live, load_trajectories, propagate, row_start, rows};

@group(0) @binding(6) var<storage, read> actions: array<u32>;       // [replica][trajectory][HORIZON]

const WIDTH = OUT4[READOUT];

// Sums over roots are cut into groups, root i into group i mod GROUPS, and added up in the same order whether one lane adds up all of them
// or each of SHARERS lanes one: the tile's shape changes no bit.
const GROUPS = 4u;
const SHARERS = select(1u, GROUPS, LANES >= GROUPS * TILE * WIDTH);

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

// Adds a decision's shares to the deltas of its roots, and writes the delta of r.
fn decision(lane: u32, node: u32, tile: Tile) {
  let zero = tile.zero;
  for (var item = lane; item < TILE * WIDTH; item += LANES) {
    activations[item] = readout(item / WIDTH, item % WIDTH, zero);
  }
  workgroupBarrier();
  if (SHARERS == 1u) {
    for (var item = lane; item < TILE * WIDTH; item += LANES) {
      let place = Place(item / WIDTH, node, item % WIDTH, tile.base);
      if (is_live(place.slot)) {
        var sums = PairSums();
        for (var group = 0u; group < GROUPS + zero; group++) {
          let own = add_group(place, group, zero);
          sums.values += own.values;
          sums.slopes += own.slopes;
        }
        write_sums(place, sums, 0u, zero);
      }
    }
  } else {
    let item = lane % (TILE * WIDTH);
    let group = lane / (TILE * WIDTH);
    let place = Place(item / WIDTH, node, item % WIDTH, tile.base);
    var own = PairSums();
    if (group < GROUPS && is_live(place.slot)) {
      own = add_group(place, group, zero);
    }
    let sums = PairSums(sum_groups(lane, own.values), sum_groups(lane, own.slopes));
    if (group < GROUPS && is_live(place.slot)) {
      write_sums(place, sums, group, zero);
    }
  }
}

// The sum of what the lanes of a place have, one for each group. `activations` holds them meanwhile. All lanes must call it.
fn sum_groups(lane: u32, own: vec4f) -> vec4f {
  workgroupBarrier();
  if (lane < GROUPS * TILE * WIDTH) {
    activations[lane] = own;
  }
  workgroupBarrier();
  var sum = vec4f();
  for (var group = 0u; group < GROUPS; group++) {
    sum += activations[group * TILE * WIDTH + lane % (TILE * WIDTH)];
  }
  return sum;
}

// A column of a decision.
struct Place {
  slot: u32,
  node: u32,
  column: u32,
  base: u32,    // start of the replica's weights
}

struct PairSums {
  values: vec4f,  // Σ δ_ij lrelu(x_ij)
  slopes: vec4f,  // Σ δ_ij lrelu′(x_ij)
}

// Adds r ⊙ Σ_j δ_ij lrelu′(x_ij) to the delta of q_i for the roots i of a group. Returns the sums over those i and all j, in which, over all
// groups, a pair occurs twice.
fn add_group(place: Place, group: u32, zero: u32) -> PairSums {
  let r = weights[place.base + BIAS_OFFSET[READOUT] + place.column];
  var sums = PairSums();
  for (var i = group; i < LEAVES; i += GROUPS) {
    if (roots[place.slot * LEAVES + i] != NONE) {
      let own = root_sums(place, i, zero);
      rows[projection_of(place.slot, i, DELTA_OFFSET[PROJECTION] + place.column)] += r * own.slopes;
      sums.values += own.values;
      sums.slopes += own.slopes;
    }
  }
  return sums;
}

// Writes the delta of r, and adds that of g_k, which is the same for every root k. `group`: the group of k, if lanes share them.
fn write_sums(place: Place, sums: PairSums, group: u32, zero: u32) {
  let r = weights[place.base + BIAS_OFFSET[READOUT] + place.column];
  if (group == 0u) {
    rows[row_start[place.slot] + place.node * ROW4 + DELTA_OFFSET[READOUT] + place.column] = 0.5 * sums.values;
  }
  for (var k = group; k < LEAVES + rolled(zero); k += SHARERS) {
    if (roots[place.slot * LEAVES + k] != NONE) {
      rows[projection_of(place.slot, k, DELTA_OFFSET[PROJECTION] + WIDTH + place.column)] += r * (0.5 * sums.slopes);
    }
  }
}

// Place in the record of the root of slot i's tree.
fn projection_of(slot: u32, i: u32, offset: u32) -> u32 {
  return node_of(slot, roots[slot * LEAVES + i], offset);
}

fn node_of(slot: u32, node: u32, offset: u32) -> u32 {
  return row_start[slot] + node * ROW4 + offset;
}

// A column of Σ_k g_k. Away from software adapters all loads are on the way before the first is waited for: a slot without a root has one
// of the first leaf, which does not count.
fn readout(slot: u32, column: u32, zero: u32) -> vec4f {
  var sum = vec4f();
  if (is_live(slot)) {
    for (var k = 0u; k < LEAVES + rolled(zero); k++) {
      let root = roots[slot * LEAVES + k];
      @if(software) if (root == NONE) {
        continue;
      }
      let g = rows[node_of(slot, select(root, 0u, root == NONE), OUTPUT_OFFSET[PROJECTION] + WIDTH + column)];
      sum += select(g, vec4f(), root == NONE);
    }
  }
  return sum;
}

// A column of Σ_j δ_ij lrelu(x_ij) and Σ_j δ_ij lrelu′(x_ij) for a root i; loads as in `readout`.
fn root_sums(place: Place, i: u32, zero: u32) -> PairSums {
  let offset = OUTPUT_OFFSET[PROJECTION] + place.column;
  let scores = row_start[place.slot] + place.node * ROW4 + SCORE_OFFSET;
  let q = rows[projection_of(place.slot, i, offset)];
  let all_g = activations[place.slot * WIDTH + place.column];
  var sums = PairSums();
  for (var other = 0u; other < LEAVES - 1u + rolled(zero); other++) {
    let j = other + select(0u, 1u, other >= i);
    let root = roots[place.slot * LEAVES + j];
    @if(software) if (root == NONE) {
      continue;
    }
    let action = action_of(min(i, j), max(i, j));
    let score = rows[scores + action / 4u][action % 4u];
    let x = q + rows[node_of(place.slot, select(root, 0u, root == NONE), offset)] + all_g;
    let delta = select(score, 0.0, root == NONE);
    sums.values += delta * leaky_relu(x);
    sums.slopes += delta * leaky_slope(x);
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
      if (node < LEAD && column < WIDTH) {
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
