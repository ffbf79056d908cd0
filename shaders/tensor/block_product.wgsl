// The product of BLOCK rows and COLUMNS vec4s of columns of a matrix W, the inner loop of every matrix product:
//   out[i][c] = Σ_k row_i[k] · W[k][column + c]
// The sums stay in the invocation's registers, so that each vec4 of W that it loads serves BLOCK rows.
//
// The module `package::tensor::factors` reads the two factors from where they are:
//   row_vector(start, k)                       the k-th vec4 of the row that begins at `start`
//   matrix_slice(matrix, columns4, k, column)  rows 4k to 4k + 3 of one vec4 of columns, of the matrix that begins at `matrix` and has
//                                              columns4 vec4s in a row
//
// Away from software adapters a turn of the loop takes several k: all of their loads are on the way before the first is waited for. It
// adds up the same products in the same order.
//
// `subgroups`: the lanes of a subgroup have the same rows. Each of the first SHARED loads one of them, for all.

import constants::{BLOCK, COLUMNS};
import package::tensor::factors::{matrix_slice, row_vector};
@if(subgroups) import package::tensor::subgroup::{SHARED, of_lanes};

// Rows that a lane loads.
@if(subgroups) const LOADS = (BLOCK + SHARED - 1u) / SHARED;

// k per turn away from software adapters: as many as registers hold the slices of, beside the sums.
@if(!software) const TURN = select(select(4u, 2u, BLOCK >= 4u), 1u, COLUMNS > 1u);

// [column][row]
alias Block = array<vec4f, BLOCK * COLUMNS>;

// starts: where the rows begin; width4: vec4s in each; matrix, columns4: where W begins, and vec4s in a row of it; column: the first
// of COLUMNS vec4s of columns.
fn block_product(starts: array<u32, BLOCK>, width4: u32, matrix: u32, columns4: u32, column: u32, lane: u32) -> Block {
  var sums = Block();
  @if(subgroups) var own: array<u32, LOADS>;
  @if(subgroups) for (var i = 0u; i < LOADS; i++) {
    own[i] = starts[min(i * SHARED + lane % SHARED, BLOCK - 1u)];
  }
  var k = 0u;
  @if(!software) for (; k + TURN <= width4; k += TURN) {
    var slices: array<mat4x4f, TURN * COLUMNS>;
    for (var turn = 0u; turn < TURN; turn++) {
      for (var c = 0u; c < COLUMNS; c++) {
        slices[turn * COLUMNS + c] = matrix_slice(matrix, columns4, k + turn, column + c);
      }
    }
    for (var turn = 0u; turn < TURN; turn++) {
      for (var i = 0u; i < BLOCK; i++) {
        let x = row_vector(starts[i], k + turn);
        for (var c = 0u; c < COLUMNS; c++) {
          sums[c * BLOCK + i] += slices[turn * COLUMNS + c] * x;
        }
      }
    }
  }
  for (; k < width4; k++) {
    var x = array<vec4f, BLOCK>();
    @if(subgroups) for (var first = 0u; first < BLOCK; first += SHARED) {
      let loaded = of_lanes(row_vector(own[first / SHARED], k));
      for (var i = 0u; i < min(SHARED, BLOCK - first); i++) {
        x[first + i] = loaded[i];
      }
    }
    @if(!subgroups) for (var i = 0u; i < BLOCK; i++) {
      x[i] = row_vector(starts[i], k);
    }
    for (var c = 0u; c < COLUMNS; c++) {
      let slice = matrix_slice(matrix, columns4, k, column + c);
      for (var i = 0u; i < BLOCK; i++) {
        sums[c * BLOCK + i] += slice * x[i];
      }
    }
  }
  return sums;
}
