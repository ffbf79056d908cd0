// The factors of the layered path's products: rows in the records, weights of the layer. The module `factors` of block_product.wgsl.

import package::sampler::layered::layer::layer;
import package::sampler::rows::rows;
import package::sampler::weights::weight_slice;

fn row_vector(start: u32, k: u32) -> vec4f {
  return rows[start + layer.input + k];
}

fn matrix_slice(matrix: u32, columns4: u32, k: u32, column: u32) -> mat4x4f {
  return weight_slice(matrix, columns4, k, column);
}
