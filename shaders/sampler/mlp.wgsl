// Multilayer perceptron policy over a tile of states: outputs = W_L · lrelu(… lrelu(W_1 · x + b_1) …) + b_L.
// The features x are sparse (one-hot or membership), so the first layer sums only the rows of W_1 of non-zero features.

@if(!software) import constants::SPLIT;
import constants::{BLOCK, LANES, LAYERS, TILE, FEATURES, IN4, OUT4, WEIGHT_OFFSET, BIAS_OFFSET, INPUT_OFFSET};
import package::environment::{State, feature, next_feature};
import package::sampler::activation::leaky_relu;
import package::sampler::dense::{Piece, RowBlock, activations, half, multiply, multiply_part, piece_at, pieces, rows_of};
import package::sampler::replica::rolled;
import package::sampler::rows::{block_is_idle, rows, row_address, states, IDLE};
import package::sampler::weights::weights;

// A policy is a module `package::policy`. LEAD is the number of evaluations before a trajectory's first action. The rollout calls `begin`
// at the start of a trajectory and `follow` after each action; the MLP needs neither, because its outputs depend only on the state.
const LEAD = 0u;

fn begin(row: u32) {}

fn follow(row: u32, action: u32) {}

// Number of vec4s of the first layer per invocation. It grows with BLOCK, the rows per invocation of the other layers.
const SPAN = max(1u, BLOCK / 4u);
// Number of invocations for the first layer of one row.
const SPANS = (OUT4[0] + SPAN - 1u) / SPAN;

// Parts of the sums of a layer, [part][piece][row of the piece].
@if(!software) var<workgroup> partials: array<vec4f, select(1u, LANES * BLOCK, SPLIT)>;

// Index in `activations` of the first output of a tile's row, after `evaluate`.
fn outputs_start(row: u32) -> u32 {
  return half(LAYERS - 1u) + row * OUT4[LAYERS - 1u];
}

// Evaluates the policy at `states` for every row that is not idle. `base` is the start of the replica's weights.
fn evaluate_states(lane: u32, base: u32, zero: u32) {
  evaluate(lane, base, zero);
}

// Evaluates the policy at `states` during a rollout, for every row that is not idle. `base` is the start of the replica's weights.
fn evaluate(lane: u32, base: u32, zero: u32) {
  @if(record) {
    record_features(lane);
  }
  let width = OUT4[0];
  for (var item = lane; item < TILE * SPANS; item += LANES) {
    let row = item / SPANS;
    if (row_address[row] != IDLE) {
      let span = embed(states[row], base, item % SPANS);
      for (var i = 0u; i < SPAN; i++) {
        let column = item % SPANS + i * SPANS;
        if (column < width) {
          activations[row * width + column] = span[i];
          @if(record) {
            rows[row_address[row] + INPUT_OFFSET[1] + column] = span[i];
          }
        }
      }
    }
  }
  workgroupBarrier();
  for (var layer = 1u; layer < LAYERS + rolled(zero); layer++) {
    let out4 = OUT4[layer];
    @if(!software) if (SPLIT) {
      add_up_parts(layer, lane, base, zero);
      workgroupBarrier();
    }
    for (var item = lane; item < pieces(out4); item += LANES) {
      let piece = piece_at(item, out4);
      if (!block_is_idle(piece.first_row)) {
        @if(software) let sums = multiply(half(layer - 1u), IN4[layer], base + WEIGHT_OFFSET[layer], out4, piece, zero);
        @if(!software) let sums = sums_of_parts(layer, item, piece, base, zero);
        let bias = weights[base + BIAS_OFFSET[layer] + piece.column];
        for (var i = 0u; i < rows_of(piece, out4); i++) {
          let row = piece.first_row + i;
          var value = sums[i] + bias;
          if (layer + 1u < LAYERS) {
            value = leaky_relu(value);
            @if(record) {
              if (row_address[row] != IDLE) {
                rows[row_address[row] + INPUT_OFFSET[layer + 1u] + piece.column] = value;
              }
            }
          }
          activations[half(layer) + row * out4 + piece.column] = value;
        }
      }
    }
    workgroupBarrier();
  }
}

// Parts into which GPUs cut the sums of a layer: as many as let a turn of the product take its four k. Few rows have fewer pieces than a
// workgroup has lanes, and then (`SPLIT`) every part has a lane of its own. The number depends on the layer alone, and the parts are added in
// their order, so that tile shapes change no bit.
@if(!software)
fn parts_of(in4: u32) -> u32 {
  return clamp(in4 / 4u, 1u, 4u);
}

@if(!software)
fn part_of_sums(layer: u32, piece: Piece, base: u32, part: u32, zero: u32) -> RowBlock {
  return multiply_part(half(layer - 1u), IN4[layer], base + WEIGHT_OFFSET[layer], OUT4[layer], piece, part, parts_of(IN4[layer]), zero);
}

// Each lane adds up one part of one piece. The host sets `SPLIT` where there is a lane for every part of every layer.
@if(!software)
fn add_up_parts(layer: u32, lane: u32, base: u32, zero: u32) {
  let count = pieces(OUT4[layer]);
  if (lane < count * parts_of(IN4[layer])) {
    let piece = piece_at(lane % count, OUT4[layer]);
    if (!block_is_idle(piece.first_row)) {
      let sums = part_of_sums(layer, piece, base, lane / count, zero);
      for (var i = 0u; i < BLOCK; i++) {
        partials[lane * BLOCK + i] = sums[i];
      }
    }
  }
}

// The parts of a piece together, in their order. A lane that takes all of them has no registers for two blocks of sums, and keeps the one
// where the layer's outputs go.
@if(!software)
fn sums_of_parts(layer: u32, item: u32, piece: Piece, base: u32, zero: u32) -> RowBlock {
  let out4 = OUT4[layer];
  let outputs = half(layer) + piece.first_row * out4 + piece.column;
  var sums: RowBlock;
  for (var part = 0u; part < parts_of(IN4[layer]); part++) {
    if (SPLIT) {
      for (var i = 0u; i < BLOCK; i++) {
        sums[i] += partials[(part * pieces(out4) + item) * BLOCK + i];
      }
    } else {
      let own = part_of_sums(layer, piece, base, part, zero);
      for (var i = 0u; i < rows_of(piece, out4); i++) {
        activations[outputs + i * out4] = select(activations[outputs + i * out4], vec4f(), part == 0u) + own[i];
      }
    }
  }
  if (!SPLIT) {
    for (var i = 0u; i < rows_of(piece, out4); i++) {
      sums[i] = activations[outputs + i * out4];
    }
  }
  return sums;
}

// Vec4s `first`, `first` + SPANS, … of the first hidden layer. Finding the non-zero features is expensive, so do it once for all of them.
fn embed(state: State, base: u32, first: u32) -> array<vec4f, SPAN> {
  var sums: array<vec4f, SPAN>;
  for (var i = 0u; i < SPAN; i++) {
    sums[i] = weights[base + BIAS_OFFSET[0] + first + i * SPANS];
  }
  @if(software) for (var k = next_feature(state, 0u); k < FEATURES; k = next_feature(state, k + 1u)) {
    let x = feature(state, k);
    for (var i = 0u; i < SPAN; i++) {
      sums[i] += x * weights[base + WEIGHT_OFFSET[0] + k * OUT4[0] + first + i * SPANS];
    }
  }
  // GPUs wait once for the weights of four features. Written out, because their compilers do not unroll the search for features.
  @if(!software) for (var k = next_feature(state, 0u); k < FEATURES;) {
    let k1 = feature_after(state, k);
    let k2 = feature_after(state, k1);
    let k3 = feature_after(state, k2);
    let w = span_of_weights(base, k, first);
    let w1 = span_of_weights(base, k1, first);
    let w2 = span_of_weights(base, k2, first);
    let w3 = span_of_weights(base, k3, first);
    let x = vec4f(feature(state, k), feature_or_0(state, k1), feature_or_0(state, k2), feature_or_0(state, k3));
    for (var i = 0u; i < SPAN; i++) {
      sums[i] += x[0] * w[i];
      sums[i] += x[1] * w1[i];
      sums[i] += x[2] * w2[i];
      sums[i] += x[3] * w3[i];
    }
    k = feature_after(state, k3);
  }
  for (var i = 0u; i < SPAN; i++) {
    sums[i] = leaky_relu(sums[i]);
  }
  return sums;
}

// The next feature that is not 0; FEATURES if there is none.
@if(!software)
fn feature_after(state: State, k: u32) -> u32 {
  if (k >= FEATURES) {
    return FEATURES;
  }
  return next_feature(state, k + 1u);
}

@if(!software)
fn feature_or_0(state: State, k: u32) -> f32 {
  if (k >= FEATURES) {
    return 0.0;
  }
  return feature(state, k);
}

// The weights of a feature for the vec4s `first`, `first` + SPANS, …; those of the last feature beyond it.
@if(!software)
fn span_of_weights(base: u32, k: u32, first: u32) -> array<vec4f, SPAN> {
  var span: array<vec4f, SPAN>;
  for (var i = 0u; i < SPAN; i++) {
    span[i] = weights[base + WEIGHT_OFFSET[0] + min(k, FEATURES - 1u) * OUT4[0] + first + i * SPANS];
  }
  return span;
}

// The vec4 of features 4 · column … 4 · column + 3; 0 beyond the last feature.
fn feature_vector(state: State, column: u32) -> vec4f {
  var x = vec4f();
  for (var i = 0u; i < 4u; i++) {
    if (4u * column + i < FEATURES) {
      x[i] = feature(state, 4u * column + i);
    }
  }
  return x;
}

@if(record)
fn record_features(lane: u32) {
  for (var item = lane; item < TILE * IN4[0]; item += LANES) {
    let row = item / IN4[0];
    let column = item % IN4[0];
    if (row_address[row] != IDLE) {
      rows[row_address[row] + INPUT_OFFSET[0] + column] = feature_vector(states[row], column);
    }
  }
}
