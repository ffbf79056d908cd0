// The one matrix product of the policies: a tile of rows in workgroup memory times a weight matrix in storage.
//   out[row][column] = Σ_k in[row][k] · W[k][column]
// An invocation computes a piece of BLOCK rows of one vec4 of columns, so that each weight it loads serves BLOCK rows.
//
// `subgroups`: the lanes of a subgroup have pieces of the same rows, and load those for each other.

import constants::{BLOCK, TILE, TILE_WIDTH4};
@if(subgroups) import constants::SUBGROUP;
import package::sampler::weights::weights;
import package::tensor::subgroup::whole_subgroups;
@if(subgroups) import package::tensor::subgroup::{SHARED, of_lanes};

// Two halves: a layer reads one and writes the other.
var<workgroup> activations: array<vec4f, 2 * TILE * TILE_WIDTH4>;

alias RowBlock = array<vec4f, BLOCK>;

struct Piece {
  first_row: u32,
  column: u32,     // a vec4; beyond the last one where a subgroup has no further columns
  @if(subgroups) lane: u32,
}

fn half(index: u32) -> u32 {
  return (index % 2u) * TILE * TILE_WIDTH4;
}

// Pieces of a tile's rows of out4 vec4s. Lane l takes piece l, l + LANES, …
fn pieces(out4: u32) -> u32 {
  return (TILE / BLOCK) * whole_subgroups(out4);
}

fn piece_at(index: u32, out4: u32) -> Piece {
  var piece: Piece;
  piece.first_row = (index / whole_subgroups(out4)) * BLOCK;
  piece.column = index % whole_subgroups(out4);
  @if(subgroups) {
    piece.lane = index % SUBGROUP;
  }
  return piece;
}

// Rows of a piece that have a place: none of what completes a subgroup. Software drivers unroll loops that end at a constant,
// which this is on other adapters alone.
fn rows_of(piece: Piece, out4: u32) -> u32 {
  @if(subgroups) return select(0u, BLOCK, piece.column < out4);
  @else return BLOCK;
}

// input: start of the rows in `activations`, in4 vec4s each; matrix: start of W in `weights`, out4 vec4s per row of W.
fn multiply(input: u32, in4: u32, matrix: u32, out4: u32, piece: Piece, zero: u32) -> RowBlock {
  var sums = RowBlock();
  for (var k = 0u; k < in4 + zero; k++) {
    let w = matrix + 4u * k * out4 + min(piece.column, out4 - 1u);
    let slice = mat4x4f(weights[w], weights[w + out4], weights[w + 2u * out4], weights[w + 3u * out4]);
    @if(!subgroups) {
      for (var i = 0u; i < BLOCK; i++) {
        sums[i] += slice * activations[input + (piece.first_row + i) * in4 + k];
      }
    }
    @if(subgroups) {
      for (var first = 0u; first < BLOCK; first += SHARED) {
        let row = piece.first_row + min(first + piece.lane, BLOCK - 1u);
        let x = of_lanes(activations[input + row * in4 + k]);
        for (var i = 0u; i < min(SHARED, BLOCK - first); i++) {
          sums[first + i] += slice * x[i];
        }
      }
    }
  }
  return sums;
}
