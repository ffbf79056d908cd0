// Multilayer perceptron policy over a tile of states: outputs = W_L · lrelu(… lrelu(W_1 · x + b_1) …) + b_L.
// The features x are sparse (one-hot or membership), so the first layer is a sum of the rows of W_1 that they select.

import constants::{BLOCK, LANES, LAYERS, TILE, FEATURES, IN4, OUT4, WEIGHT_OFFSET, BIAS_OFFSET, INPUT_OFFSET};
import package::environment::{State, feature, next_feature};
import package::sampler::activation::leaky_relu;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::rows::{block_is_idle, rows, row_address, states, IDLE};
import package::sampler::weights::weights;

// A policy is the module `package::policy`. LEAD is how often it is evaluated before a trajectory's first action; `begin`
// and `follow` tell it what the rollout does in between. This one needs the state alone.
const LEAD = 0u;

fn begin(row: u32) {}

fn follow(row: u32, action: u32) {}

// Vec4s of the first layer that an invocation computes, the more the more rows it takes of the others.
const SPAN = max(1u, BLOCK / 4u);
// Invocations for all of them.
const SPANS = (OUT4[0] + SPAN - 1u) / SPAN;

// Where the outputs of a tile's row begin in `activations`, once `evaluate` has run.
fn outputs_start(row: u32) -> u32 {
  return half(LAYERS - 1u) + row * OUT4[LAYERS - 1u];
}

// Evaluates the policy at `states`, whatever led to them, for every row that is not idle. `base` is where the replica's
// weights begin.
fn evaluate_states(lane: u32, base: u32, zero: u32) {
  evaluate(lane, base, zero);
}

// The same in a rollout, where earlier states of the trajectory came before.
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
  for (var layer = 1u; layer < LAYERS + zero; layer++) {
    let out4 = OUT4[layer];
    for (var item = lane; item < pieces(out4); item += LANES) {
      let piece = piece_at(item, out4);
      if (!block_is_idle(piece.first_row)) {
        let sums = multiply(half(layer - 1u), IN4[layer], base + WEIGHT_OFFSET[layer], out4, piece, zero);
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

// Vec4s `first`, `first` + SPANS, … of the first hidden layer. Looking for features is dear, and once is enough for all of them.
fn embed(state: State, base: u32, first: u32) -> array<vec4f, SPAN> {
  var sums: array<vec4f, SPAN>;
  for (var i = 0u; i < SPAN; i++) {
    sums[i] = weights[base + BIAS_OFFSET[0] + first + i * SPANS];
  }
  for (var k = next_feature(state, 0u); k < FEATURES; k = next_feature(state, k + 1u)) {
    let x = feature(state, k);
    for (var i = 0u; i < SPAN; i++) {
      sums[i] += x * weights[base + WEIGHT_OFFSET[0] + k * OUT4[0] + first + i * SPANS];
    }
  }
  for (var i = 0u; i < SPAN; i++) {
    sums[i] = leaky_relu(sums[i]);
  }
  return sums;
}

// A vec4 of the features.
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
