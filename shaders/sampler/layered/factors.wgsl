// Where the products of the layered path find their factors: records, and the weights of the layer. See block_product.wgsl.

import package::sampler::layered::layer::layer;
import package::sampler::rows::rows;
import package::sampler::weights::weights;

fn row_vector(start: u32, k: u32) -> vec4f {
  return rows[start + layer.input + k];
}

// Beyond the last column that column once more, which is not stored.
fn matrix_slice(matrix: u32, k: u32, column: u32) -> mat4x4f {
  let w = matrix + 4u * k * layer.out4 + min(column, layer.out4 - 1u);
  return mat4x4f(weights[w], weights[w + layer.out4], weights[w + 2u * layer.out4], weights[w + 3u * layer.out4]);
}
