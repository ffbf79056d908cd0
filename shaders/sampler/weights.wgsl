// The policy's weights, binding 0 of every kernel that evaluates one.
// Per replica: for each layer W [in][out] and b [out], then for the backward pass Wᵀ [out][in] of each layer but the first. Every
// axis is padded to whole vec4s with zeros.

@group(0) @binding(0) var<storage, read> weights: array<vec4f>;

// Rows 4k to 4k + 3 of a vec4 of columns of the matrix that begins at `matrix` and has columns4 vec4s in a row. Beyond the last
// column it reads that column again, and the caller does not store the result.
fn weight_slice(matrix: u32, columns4: u32, k: u32, column: u32) -> mat4x4f {
  let w = matrix + 4u * k * columns4 + min(column, columns4 - 1u);
  return mat4x4f(weights[w], weights[w + columns4], weights[w + 2u * columns4], weights[w + 3u * columns4]);
}
