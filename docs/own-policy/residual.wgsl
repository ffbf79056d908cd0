// A residual MLP with layer norm over a tile of states:
//   x = W_0 f + b_0,   x ← x + W_2 u + b_2,  u = lrelu(W_1 n + b_1),  n = γ ⊙ x̂ + β  for each block,   outputs = W x + b,
// with x̂ = (x − mean x) / √(variance of x + ε). Layers in order: W_0; γ, β, W_1, W_2 of each block; W.

import constants::{BIAS_OFFSET, BLOCKS, EXTRA_OFFSET, FEATURES, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, TILE, WEIGHT_OFFSET};
import package::environment::{feature, next_feature};
import package::sampler::activation::leaky_relu;
import package::sampler::dense::{activations, half, multiply, piece_at, pieces, rows_of};
import package::sampler::rows::{IDLE, block_is_idle, row_address, rows, states};
import package::sampler::weights::weights;

const LEAD = 0u;
const EPSILON = 1e-5;

fn begin(row: u32) {}

fn follow(row: u32, action: u32) {}

fn outputs_start(row: u32) -> u32 {
  return half(1u) + row * OUT4[LAYERS - 1u];
}

fn evaluate_states(lane: u32, base: u32, zero: u32) {
  evaluate(lane, base, zero);
}

// x begins at half(0), u right behind it, n at half(1).
fn evaluate(lane: u32, base: u32, zero: u32) {
  let width = OUT4[0];
  for (var item = lane; item < TILE * width; item += LANES) {
    let row = item / width;
    if (row_address[row] != IDLE) {
      activations[item] = embed(row, item % width, base);
    }
  }
  @if(record) record_features(lane);
  workgroupBarrier();
  for (var block = 0u; block < BLOCKS + zero; block++) {
    let first = 4u * block + 1u;
    if (lane < TILE && row_address[lane] != IDLE) {
      normalise(lane, block, base, zero);
    }
    workgroupBarrier();
    // u = lrelu(W_1 n + b_1)
    for (var item = lane; item < pieces(width); item += LANES) {
      let piece = piece_at(item, width);
      if (!block_is_idle(piece.first_row)) {
        let sums = multiply(half(1u), width, base + WEIGHT_OFFSET[first + 2u], width, piece, zero);
        let bias = weights[base + BIAS_OFFSET[first + 2u] + piece.column];
        for (var i = 0u; i < rows_of(piece, width); i++) {
          let row = piece.first_row + i;
          let u = leaky_relu(sums[i] + bias);
          activations[(TILE + row) * width + piece.column] = u;
          @if(record) {
            if (row_address[row] != IDLE) {
              rows[row_address[row] + INPUT_OFFSET[first + 3u] + piece.column] = u;
            }
          }
        }
      }
    }
    workgroupBarrier();
    // x ← x + W_2 u + b_2
    for (var item = lane; item < pieces(width); item += LANES) {
      let piece = piece_at(item, width);
      if (!block_is_idle(piece.first_row)) {
        let sums = multiply(TILE * width, width, base + WEIGHT_OFFSET[first + 3u], width, piece, zero);
        let bias = weights[base + BIAS_OFFSET[first + 3u] + piece.column];
        for (var i = 0u; i < rows_of(piece, width); i++) {
          activations[(piece.first_row + i) * width + piece.column] += sums[i] + bias;
        }
      }
    }
    workgroupBarrier();
  }
  let last = LAYERS - 1u;
  for (var item = lane; item < pieces(OUT4[last]); item += LANES) {
    let piece = piece_at(item, OUT4[last]);
    if (!block_is_idle(piece.first_row)) {
      let sums = multiply(0u, width, base + WEIGHT_OFFSET[last], OUT4[last], piece, zero);
      let bias = weights[base + BIAS_OFFSET[last] + piece.column];
      for (var i = 0u; i < rows_of(piece, OUT4[last]); i++) {
        activations[outputs_start(piece.first_row + i) + piece.column] = sums[i] + bias;
      }
    }
  }
  @if(record) {
    for (var item = lane; item < TILE * width; item += LANES) {
      if (row_address[item / width] != IDLE) {
        rows[row_address[item / width] + INPUT_OFFSET[last] + item % width] = activations[item];
      }
    }
  }
  workgroupBarrier();
}

// A vec4 of W_0 f + b_0. Most features are 0, and the loop skips them.
fn embed(row: u32, column: u32, base: u32) -> vec4f {
  var sum = weights[base + BIAS_OFFSET[0] + column];
  for (var k = next_feature(states[row], 0u); k < FEATURES; k = next_feature(states[row], k + 1u)) {
    sum += feature(states[row], k) * weights[base + WEIGHT_OFFSET[0] + k * OUT4[0] + column];
  }
  return sum;
}

// n of one row. For the backward pass the record keeps x̂ and 1/√(variance + ε), block by block.
fn normalise(row: u32, block: u32, base: u32, zero: u32) {
  let width = OUT4[0];
  let first = 4u * block + 1u;
  var sum = 0.0;
  for (var j = 0u; j < width + zero; j++) {
    sum += dot(activations[row * width + j], vec4f(1.0));
  }
  let mean = sum / f32(4u * width);
  var squares = 0.0;
  for (var j = 0u; j < width + zero; j++) {
    let centred = activations[row * width + j] - mean;
    squares += dot(centred, centred);
  }
  let inverse = inverseSqrt(squares / f32(4u * width) + EPSILON);
  for (var j = 0u; j < width + zero; j++) {
    let normal = (activations[row * width + j] - mean) * inverse;
    let n = weights[base + BIAS_OFFSET[first] + j] * normal + weights[base + BIAS_OFFSET[first + 1u] + j];
    activations[half(1u) + row * width + j] = n;
    @if(record) {
      rows[row_address[row] + EXTRA_OFFSET + block * (width + 1u) + j] = normal;
      rows[row_address[row] + INPUT_OFFSET[first + 2u] + j] = n;
    }
  }
  @if(record) {
    rows[row_address[row] + EXTRA_OFFSET + block * (width + 1u) + width] = vec4f(inverse, 0.0, 0.0, 0.0);
  }
}

@if(record)
fn record_features(lane: u32) {
  for (var item = lane; item < TILE * IN4[0]; item += LANES) {
    let row = item / IN4[0];
    if (row_address[row] != IDLE) {
      var x = vec4f();
      for (var i = 0u; i < 4u; i++) {
        let k = 4u * (item % IN4[0]) + i;
        if (k < FEATURES) {
          x[i] = feature(states[row], k);
        }
      }
      rows[row_address[row] + INPUT_OFFSET[0] + item % IN4[0]] = x;
    }
  }
}
