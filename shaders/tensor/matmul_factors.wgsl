// The factors of matmul.wgsl: the module `factors` of block_product.wgsl.
// a [R, m, k], b [R, k, n], row-major. If `aligned`, k and n are multiples of 4, and starts count vec4s. Otherwise starts count
// elements, and elements beyond the end of the sum over k are 0.

struct Sizes { replicas: u32, m: u32, k: u32, n: u32, slope: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@if(aligned) @group(0) @binding(1) var<storage, read> a: array<vec4f>;
@if(!aligned) @group(0) @binding(1) var<storage, read> a: array<f32>;
@if(aligned) @group(0) @binding(2) var<storage, read> b: array<vec4f>;
@if(!aligned) @group(0) @binding(2) var<storage, read> b: array<f32>;

@if(aligned) fn row_vector(start: u32, k: u32) -> vec4f { return a[start + k]; }
@if(!aligned) fn row_vector(start: u32, k: u32) -> vec4f {
  let inner = 4u * k + vec4u(0u, 1u, 2u, 3u);
  let at = start + min(inner, vec4u(sizes.k - 1u));
  return select(vec4f(), vec4f(a[at.x], a[at.y], a[at.z], a[at.w]), inner < vec4u(sizes.k));
}

@if(aligned) fn matrix_slice(matrix: u32, columns4: u32, k: u32, column: u32) -> mat4x4f {
  let at = matrix + 4u * k * columns4 + column;
  return mat4x4f(b[at], b[at + columns4], b[at + 2u * columns4], b[at + 3u * columns4]);
}
@if(!aligned) fn matrix_slice(matrix: u32, columns4: u32, k: u32, column: u32) -> mat4x4f {
  return mat4x4f(matrix_row(matrix, 4u * k, column), matrix_row(matrix, 4u * k + 1u, column), matrix_row(matrix, 4u * k + 2u, column), matrix_row(matrix, 4u * k + 3u, column));
}

// Four elements of a row of b. Beyond an edge it reads the last column again, whose sums are not stored.
@if(!aligned) fn matrix_row(matrix: u32, row: u32, column: u32) -> vec4f {
  let columns = min(4u * column + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u));
  let at = matrix + min(row, sizes.k - 1u) * sizes.n + columns;
  return select(vec4f(), vec4f(b[at.x], b[at.y], b[at.z], b[at.w]), row < sizes.k);
}
