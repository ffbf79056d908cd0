// What the backward passes share. A workgroup takes a tile of TILE rows of one replica, loads the gradients of the outputs that the
// rollout recorded, goes back through the layers, and writes the gradient of every layer's output into the records. With W_l the
// matrix of layer l and δ_l the gradient of its output, the gradient of its input is W_l δ_l.

import constants::{BATCH, DELTA_OFFSET, IN4, INPUT_OFFSET, LANES, LAYERS, OUT4, ROWS, TILE, TRANSPOSED_OFFSET, WEIGHTS4};
import package::sampler::activation::leaky_slope;
import package::sampler::dense::{activations, multiply, piece_at, pieces, rows_of};
import package::sampler::replica::Replica;
import package::sampler::section::{evaluation_at, record_start, section_end, section_first};
import package::trainer::live_range::{live_range, live_rows};
@if(weighted) import package::trainer::output_weights::weighted_score;

@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;      // see sampler/section.wgsl
@group(0) @binding(4) var<storage, read> replicas: array<Replica>;      // [replica]

// In `row_start`: the row is beyond the end of the batch.
const NONE = 0xffffffffu;

// [row of the tile]: start of the row's record in `rows`, or NONE. See `is_live`.
var<workgroup> row_start: array<u32, TILE>;

struct Tile {
  is_empty: bool,   // all of its rows are beyond the end of the batch
  base: u32,        // start of the replica's weights in `weights`
  zero: u32,        // always 0, but unknown to the compiler: see sampler/replica.wgsl
}

// Loads a tile whose rows are evaluations of the policy: fills `row_start`, and copies the gradients of the outputs to `activations`
// from vec4 `output` on, [TILE][OUT4 of the last layer]. All lanes must call it. They get the same tile.
fn load_tile(group: vec3u, lane: u32, output: u32) -> Tile {
  let replica = group.y;
  let live = live_range(replica);
  let first = live.x + group.x * TILE;
  if (first >= live.y) {
    return Tile(true, 0u, 0u);
  }
  for (var row = lane; row < TILE; row += LANES) {
    let evaluation = live_rows[replica * BATCH * ROWS + min(first + row, live.y - 1u)];
    row_start[row] = select(NONE, record_start(replica, evaluation), first + row < live.y);
  }
  workgroupBarrier();
  let width = OUT4[LAYERS - 1u];
  for (var item = lane; item < TILE * width; item += LANES) {
    if (is_live(item / width)) {
      activations[output + item] = output_delta(replica, row_start[item / width], item % width);
    }
  }
  workgroupBarrier();
  return tile_of(replica);
}

// Loads a tile whose rows are trajectories: `row_start` is where the record of a trajectory's first evaluation begins. It has no
// barrier at its end: lane l has filled row l, and all lanes may read `row_start` after the next barrier.
fn load_trajectories(group: vec3u, lane: u32) -> Tile {
  let trajectory = section_first() + group.x * TILE + lane;
  if (lane < TILE) {
    row_start[lane] = select(NONE, record_start(group.y, trajectory * ROWS), trajectory < section_end());
  }
  return tile_of(group.y);
}

// Whether a row of the tile has a record.
fn is_live(row: u32) -> bool {
  return row_start[row] != NONE;
}

fn tile_of(replica: u32) -> Tile {
  return Tile(false, replica * WEIGHTS4, replicas[replica].zero);
}

// A vec4 of the gradient of the outputs in the record at `start`. With `weighted` it is multiplied by its coefficient, also in the
// record, because the weights' gradients then take it from there.
fn output_delta(replica: u32, start: u32, column: u32) -> vec4f {
  let at = start + DELTA_OFFSET[LAYERS - 1u] + column;
  @if(!weighted) {
    return rows[at];
  }
  @if(weighted) {
    let delta = weighted_score(evaluation_at(replica, start), column, rows[at]);
    rows[at] = delta;
    return delta;
  }
}

// The gradient of what a layer read, from that of its output: activations[output …] = W · activations[input …], for every row.
// All lanes must call it; it ends with a barrier.
fn propagate(lane: u32, tile: Tile, layer: u32, input: u32, output: u32) {
  let width = IN4[layer];
  for (var item = lane; item < pieces(width); item += LANES) {
    let piece = piece_at(item, width);
    let sums = multiply(input, OUT4[layer], tile.base + TRANSPOSED_OFFSET[layer], width, piece, tile.zero);
    for (var i = 0u; i < rows_of(piece, width); i++) {
      activations[output + (piece.first_row + i) * width + piece.column] = sums[i];
    }
  }
  workgroupBarrier();
}

// The same on through the LeakyReLU that gave the layer's input h: the gradient (W δ) ⊙ lrelu′(h) of the output of the layer before,
// which it also writes into the records.
fn propagate_activated(lane: u32, tile: Tile, layer: u32, input: u32, output: u32) {
  let width = IN4[layer];
  for (var item = lane; item < pieces(width); item += LANES) {
    let piece = piece_at(item, width);
    let sums = multiply(input, OUT4[layer], tile.base + TRANSPOSED_OFFSET[layer], width, piece, tile.zero);
    for (var i = 0u; i < rows_of(piece, width); i++) {
      if (is_live(piece.first_row + i)) {
        let start = row_start[piece.first_row + i];
        let h = rows[start + INPUT_OFFSET[layer] + piece.column];
        let delta = sums[i] * leaky_slope(h);
        activations[output + (piece.first_row + i) * width + piece.column] = delta;
        rows[start + DELTA_OFFSET[layer - 1u] + piece.column] = delta;
      }
    }
  }
  workgroupBarrier();
}

// Writes activations[input …], the gradient of a layer's output, into the records.
fn record_delta(lane: u32, layer: u32, input: u32) {
  let width = OUT4[layer];
  for (var item = lane; item < TILE * width; item += LANES) {
    if (is_live(item / width)) {
      rows[row_start[item / width] + DELTA_OFFSET[layer] + item % width] = activations[input + item];
    }
  }
}
