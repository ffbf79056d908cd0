// The factors of dense.wgsl's products: activations in workgroup memory, weights. The module `factors` of block_product.wgsl.

import package::sampler::dense::activations;
import package::sampler::weights::weight_slice;

fn row_vector(start: u32, k: u32) -> vec4f {
  return activations[start + k];
}

fn matrix_slice(matrix: u32, columns4: u32, k: u32, column: u32) -> mat4x4f {
  return weight_slice(matrix, columns4, k, column);
}
