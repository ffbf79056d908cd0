// The matrix product of rows and a matrix that are both in storage:
//   out[i][c] = Σ_k row_i[k] · W[k][column + c]
// An invocation computes BLOCK rows of COLUMNS vec4s in registers, so that each weight that it loads serves BLOCK rows.
// Nothing is kept in workgroup memory, so that matrices of any width fit.
//
// The module `package::tensor::factors` says where the two are:
//   row_vector(start, k)             the k-th vec4 of the row that begins at `start`
//   matrix_slice(matrix, k, column)  rows 4k to 4k + 3 of a vec4 of columns, of the matrix that begins at `matrix`
//
// `subgroups`: the lanes of a subgroup have the same rows, and load those for each other.

import constants::{BLOCK, COLUMNS};
import package::tensor::factors::{matrix_slice, row_vector};
@if(subgroups) import package::tensor::subgroup::{SHARED, of_lanes};

// [column][row]
alias Block = array<vec4f, BLOCK * COLUMNS>;

// starts: where the rows begin; width4: vec4s in a row; matrix: where W begins; column: the first of COLUMNS vec4s.
fn block_product(starts: array<u32, BLOCK>, width4: u32, matrix: u32, column: u32, lane: u32) -> Block {
  var sums = Block();
  @if(subgroups) var own: array<u32, BLOCK / SHARED>;
  @if(subgroups) for (var i = 0u; i < BLOCK / SHARED; i++) {
    own[i] = starts[i * SHARED + lane % SHARED];
  }
  for (var k = 0u; k < width4; k++) {
    var x = array<vec4f, BLOCK>();
    @if(subgroups) for (var first = 0u; first < BLOCK; first += SHARED) {
      let loaded = of_lanes(row_vector(own[first / SHARED], k));
      for (var i = 0u; i < SHARED; i++) {
        x[first + i] = loaded[i];
      }
    }
    @if(!subgroups) for (var i = 0u; i < BLOCK; i++) {
      x[i] = row_vector(starts[i], k);
    }
    for (var c = 0u; c < COLUMNS; c++) {
      let slice = matrix_slice(matrix, k, column + c);
      for (var i = 0u; i < BLOCK; i++) {
        sums[c * BLOCK + i] += slice * x[i];
      }
    }
  }
  return sums;
}
