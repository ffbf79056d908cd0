// Graph isomorphism network over a forest (Xu et al., How Powerful are Graph Neural Networks?, ICLR 2019, with ε = 0), and
// logits for pairs of roots. Messages go from the leaves to the roots, so a node sees only its own subtree:
//   h⁰_v = (1 for each species below v; 1 if v joins two trees)
//   hᵏ_v = lrelu(W lrelu(W (hᵏ⁻¹_v + Σ_{c child of v} hᵏ⁻¹_c) + b) + b)        k = 1 … GRAPH_LAYERS
//   (q_v, g_v) = W hᴷ_v + b,   logit(i, j) = r · lrelu(q_i + q_j + Σ_{root k} g_k)
// The sum over all roots is the readout of the whole graph. Without it, the logit of a pair could not depend on the rest of the forest,
// although both R and p_B do.
//
// A node's subtree never changes, so every node is evaluated once, when it is created: first the leaves, one after another, then one node
// per join. Its record stays in `rows`, where later nodes and pairs read it.
// Dense layers 2k and 2k + 1 compute hᵏ⁺¹, layer PROJECTION computes (q, g), and r is the bias of a layer READOUT without inputs.

import constants::{BLOCK, LANES, TILE, FORWARD4, GRAPH_LAYERS, IN4, OUT4, WEIGHT_OFFSET, BIAS_OFFSET, INPUT_OFFSET, OUTPUT_OFFSET, DELTA_OFFSET, ROWS, ROW4};
import package::environment::{State, LEAVES, PAIRS, action_of, join_order, level, pair_of};
import package::sampler::activation::leaky_relu;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::rows::{block_is_idle, rows, row_address, states, IDLE};
import package::sampler::weights::weights;

// The first action follows the evaluation of the last leaf, because its logits need all leaves.
const LEAD = LEAVES - 1u;
const PROJECTION = 2u * GRAPH_LAYERS;
const READOUT = PROJECTION + 1u;
const NONE = 0xffffffffu;

// [row][slot]: the node at the root of a slot's tree, or NONE
var<workgroup> roots: array<u32, TILE * LEAVES>;
// [row]: the node to evaluate next, and its two children
var<workgroup> node: array<u32, TILE>;
var<workgroup> children: array<vec2u, TILE>;
// [row][action], on GPUs
@if(!software) var<workgroup> logits: array<f32, TILE * 4u * FORWARD4>;

// Starts a trajectory: every leaf is a root.
fn begin(row: u32) {
  for (var leaf = 0u; leaf < LEAVES; leaf++) {
    roots[row * LEAVES + leaf] = leaf;
  }
}

// Joins two trees under a new node, which `evaluate` evaluates next.
fn follow(row: u32, action: u32) {
  let pair = row * LEAVES + pair_of(action);
  children[row] = vec2u(roots[pair.x], roots[pair.y]);
  roots[pair.x] = node[row] + 1u;
  roots[pair.y] = NONE;
}

// Index in `activations` of the first output of a tile's row, after `evaluate`.
fn outputs_start(row: u32) -> u32 {
  return row * FORWARD4;
}

// Evaluates the next node of every row that is not idle, and the logits of all pairs if every leaf has been evaluated.
// `base` is the start of the replica's weights.
fn evaluate(lane: u32, base: u32, zero: u32) {
  evaluate_nodes(lane, base, zero);
  evaluate_pairs(lane, base, zero);
}

// Evaluates the policy at `states` for every row that is not idle, without a rollout before: it evaluates all nodes of each forest.
fn evaluate_states(lane: u32, base: u32, zero: u32) {
  var start = IDLE;
  var order = array<u32, LEAVES>();
  var joins = 0u;
  if (lane < TILE) {
    start = row_address[lane];
    if (start != IDLE) {
      begin(lane);
      order = join_order(states[lane]);
      joins = level(states[lane]);
    }
  }
  for (var next = 0u; next < ROWS + zero; next++) {
    if (lane < TILE && start != IDLE) {
      if (next < LEAVES + joins) {
        row_address[lane] = start + next * ROW4;
        if (next >= LEAVES) {
          let join = order[next - LEAVES];
          follow(lane, action_of(join % 64u, join / 64u));
        }
      } else {
        row_address[lane] = IDLE;
      }
    }
    workgroupBarrier();
    evaluate_nodes(lane, base, zero);
  }
  if (lane < TILE && start != IDLE) {
    row_address[lane] = start + node[lane] * ROW4;
  }
  workgroupBarrier();
  evaluate_pairs(lane, base, zero);
}

fn evaluate_nodes(lane: u32, base: u32, zero: u32) {
  if (lane < TILE && row_address[lane] != IDLE) {
    node[lane] = (row_address[lane] / ROW4) % ROWS;
  }
  workgroupBarrier();
  let features4 = IN4[0];
  for (var item = lane; item < TILE * features4; item += LANES) {
    let row = item / features4;
    let column = item % features4;
    if (row_address[row] != IDLE) {
      let value = neighbourhood_features(row, column);
      activations[item] = value;
      rows[row_address[row] + INPUT_OFFSET[0] + column] = value;
    }
  }
  workgroupBarrier();
  for (var layer = 0u; layer <= PROJECTION + zero; layer++) {
    let out4 = OUT4[layer];
    for (var item = lane; item < pieces(out4); item += LANES) {
      let piece = piece_at(item, out4);
      if (!block_is_idle(piece.first_row)) {
        let sums = multiply(half(layer), IN4[layer], base + WEIGHT_OFFSET[layer], out4, piece, zero);
        let bias = weights[base + BIAS_OFFSET[layer] + piece.column];
        for (var i = 0u; i < rows_of(piece, out4); i++) {
          activations[half(layer + 1u) + (piece.first_row + i) * out4 + piece.column] = sums[i] + bias;
        }
      }
    }
    workgroupBarrier();
    for (var item = lane; item < TILE * out4; item += LANES) {
      let at = half(layer + 1u) + item;
      if (row_address[item / out4] != IDLE) {
        activations[at] = finish(item / out4, layer, item % out4, activations[at]);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// The sum of h⁰ over a node and its children. For a join it is 2 for each species below it, because one of the children has it too.
fn neighbourhood_features(row: u32, column: u32) -> vec4f {
  let at = 4u * column + vec4u(0u, 1u, 2u, 3u);
  if (node[row] < LEAVES) {
    return select(vec4f(), vec4f(1.0), at == vec4u(node[row]));
  }
  let a = rows[node_start(row, children[row].x) + INPUT_OFFSET[0] + column];
  let b = rows[node_start(row, children[row].y) + INPUT_OFFSET[0] + column];
  let inner = 1.0 + select(0.0, 1.0, children[row].x >= LEAVES) + select(0.0, 1.0, children[row].y >= LEAVES);
  let species = select(vec4f(), vec4f(2.0), a + b > vec4f());
  return select(select(vec4f(), vec4f(inner), at == vec4u(LEAVES)), species, at < vec4u(LEAVES));
}

// Activates and records a dense layer's output; returns the next layer's input.
fn finish(row: u32, layer: u32, column: u32, sum: vec4f) -> vec4f {
  let start = row_address[row];
  if (layer == PROJECTION) {
    rows[start + OUTPUT_OFFSET[layer] + column] = sum;
    @if(record) {
      // In the backward pass, every step in which the node is a root adds to this delta.
      rows[start + DELTA_OFFSET[layer] + column] = vec4f();
    }
    return sum;
  }
  var value = leaky_relu(sum);
  let is_message = layer % 2u == 1u && layer + 1u < PROJECTION;
  @if(record) let kept = true;
  @else let kept = is_message;
  if (kept) {
    rows[start + OUTPUT_OFFSET[layer] + column] = value;
  }
  if (is_message) {
    if (node[row] >= LEAVES) {
      value += rows[node_start(row, children[row].x) + OUTPUT_OFFSET[layer] + column];
      value += rows[node_start(row, children[row].y) + OUTPUT_OFFSET[layer] + column];
    }
    @if(record) {
      rows[start + INPUT_OFFSET[layer + 1u] + column] = value;
      // In the backward pass, the node that joins this one adds to this delta.
      rows[start + DELTA_OFFSET[layer] + column] = vec4f();
    }
  }
  return value;
}

// Start of the record of another node of the row's trajectory.
fn node_start(row: u32, other: u32) -> u32 {
  return row_address[row] - (node[row] - other) * ROW4;
}

fn evaluate_pairs(lane: u32, base: u32, zero: u32) {
  let width = OUT4[READOUT];
  for (var item = lane; item < TILE * width; item += LANES) {
    let row = item / width;
    if (row_address[row] != IDLE && node[row] >= LEAD) {
      var sum = vec4f();
      for (var slot = row * LEAVES; slot < (row + 1u) * LEAVES + zero; slot++) {
        if (roots[slot] != NONE) {
          sum += rows[node_start(row, roots[slot]) + OUTPUT_OFFSET[PROJECTION] + width + item % width];
        }
      }
      activations[half(1u) + item] = sum;
    }
  }
  workgroupBarrier();
  // A GPU has a lane for every pair. Software drivers take four pairs a lane, and need no room for single logits.
  @if(!software) {
    for (var item = lane; item < TILE * 4u * FORWARD4; item += LANES) {
      let row = item / (4u * FORWARD4);
      if (row_address[row] != IDLE && node[row] >= LEAD) {
        logits[item] = action_logit(row, item % (4u * FORWARD4), base, zero);
      }
    }
    workgroupBarrier();
  }
  for (var item = lane; item < TILE * FORWARD4; item += LANES) {
    let row = item / FORWARD4;
    if (row_address[row] != IDLE && node[row] >= LEAD) {
      var four = vec4f();
      for (var i = 0u; i < 4u; i++) {
        @if(software) four[i] = action_logit(row, 4u * (item % FORWARD4) + i, base, zero);
        @if(!software) four[i] = logits[4u * item + i];
      }
      activations[item] = four;
    }
  }
  workgroupBarrier();
}

// The logit of an action; 0 where it joins no two roots.
fn action_logit(row: u32, action: u32, base: u32, zero: u32) -> f32 {
  if (action < PAIRS) {
    let pair = row * LEAVES + pair_of(action);
    if (roots[pair.x] != NONE && roots[pair.y] != NONE) {
      return pair_logit(row, roots[pair.x], roots[pair.y], base, zero);
    }
  }
  return 0.0;
}

fn pair_logit(row: u32, a: u32, b: u32, base: u32, zero: u32) -> f32 {
  let width = OUT4[READOUT];
  let first = node_start(row, a) + OUTPUT_OFFSET[PROJECTION];
  let second = node_start(row, b) + OUTPUT_OFFSET[PROJECTION];
  var sum = 0.0;
  for (var column = 0u; column < width + zero; column++) {
    let x = rows[first + column] + rows[second + column] + activations[half(1u) + row * width + column];
    sum += dot(weights[base + BIAS_OFFSET[READOUT] + column], leaky_relu(x));
  }
  return sum;
}
