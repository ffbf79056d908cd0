// The matrix product of the policies: a tile of rows in workgroup memory times a weight matrix in storage.
//   out[row][column] = Σ_k in[row][k] · W[k][column]
// An invocation computes pieces of BLOCK rows and one vec4 of columns by block_product.wgsl.
//
// `subgroups`: the lanes of a subgroup have pieces of the same rows.

import constants::{BLOCK, TILE, TILE_WIDTH4};
@if(subgroups) import constants::SUBGROUP;
import package::sampler::replica::rolled;
import package::tensor::block_product::block_product;
import package::tensor::subgroup::whole_subgroups;

// Two halves: a layer reads one and writes the other.
var<workgroup> activations: array<vec4f, 2 * TILE * TILE_WIDTH4>;

alias RowBlock = array<vec4f, BLOCK>;

struct Piece {
  first_row: u32,
  column: u32,     // a vec4; beyond the last one where a subgroup has no further columns
  lane: u32,       // of the subgroup
}

// Start of one half of `activations`: the first for even numbers, the second for odd ones.
fn half(index: u32) -> u32 {
  return (index % 2u) * TILE * TILE_WIDTH4;
}

// Number of pieces of a tile's rows of out4 vec4s. Lane l takes piece l, l + LANES, …
fn pieces(out4: u32) -> u32 {
  return (TILE / BLOCK) * whole_subgroups(out4);
}

fn piece_at(index: u32, out4: u32) -> Piece {
  let first_row = (index / whole_subgroups(out4)) * BLOCK;
  let column = index % whole_subgroups(out4);
  @if(subgroups) return Piece(first_row, column, index % SUBGROUP);
  @else return Piece(first_row, column, 0u);
}

// Rows of a piece to store: none if its column is beyond the last. Without subgroups the number is a constant, because software
// drivers unroll loops that end at one.
fn rows_of(piece: Piece, out4: u32) -> u32 {
  @if(subgroups) return select(0u, BLOCK, piece.column < out4);
  @else return BLOCK;
}

// What the bound of a product's loop adds, so that compilers keep the loop: software drivers always, a GPU's where the sums of many rows fill
// the registers, which an unrolled loop would want for loads of all its turns.
fn looped(zero: u32) -> u32 {
  @if(!software) {
    if (BLOCK >= 4u) {
      return zero;
    }
  }
  return rolled(zero);
}

// input: start of the rows in `activations`, in4 vec4s each; matrix: start of W in `weights`, out4 vec4s per row of W.
fn multiply(input: u32, in4: u32, matrix: u32, out4: u32, piece: Piece, zero: u32) -> RowBlock {
  var starts: array<u32, BLOCK>;
  for (var i = 0u; i < BLOCK; i++) {
    starts[i] = input + (piece.first_row + i) * in4;
  }
  return block_product(starts, in4 + looped(zero), matrix, out4, piece.column, piece.lane);
}

// A part of the same sums: of the k from part / parts to (part + 1) / parts of in4.
@if(!software)
fn multiply_part(input: u32, in4: u32, matrix: u32, out4: u32, piece: Piece, part: u32, parts: u32, zero: u32) -> RowBlock {
  let first = part * in4 / parts;
  let end = (part + 1u) * in4 / parts;
  var starts: array<u32, BLOCK>;
  for (var i = 0u; i < BLOCK; i++) {
    starts[i] = input + (piece.first_row + i) * in4 + first;
  }
  // Where a part is one turn of the product, the compiler knows it, and makes no loop.
  let width = select(end - first, 4u, in4 == 4u * parts);
  return block_product(starts, width + looped(zero), matrix + 4u * first * out4, out4, piece.column, piece.lane);
}
