// Where matmul.wgsl finds the factors of its product: the module `factors` of block_product.wgsl.
// a [R, m, k], b [R, k, n], row-major. If `aligned`, k and n are multiples of 4, and starts count vec4s; otherwise they count
// elements, and elements beyond the end of a row or column of the sum are 0.

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

@if(aligned) fn matrix_slice(matrix: u32, k: u32, column: u32) -> mat4x4f {
  let across = sizes.n / 4u;
  let at = matrix + 4u * k * across + column;
  return mat4x4f(b[at], b[at + across], b[at + 2u * across], b[at + 3u * across]);
}
@if(!aligned) fn matrix_slice(matrix: u32, k: u32, column: u32) -> mat4x4f {
  return mat4x4f(matrix_row(matrix, 4u * k, column), matrix_row(matrix, 4u * k + 1u, column), matrix_row(matrix, 4u * k + 2u, column), matrix_row(matrix, 4u * k + 3u, column));
}

// Four elements of a row of b. Beyond an edge the last column is read once more, and its sums are not stored.
@if(!aligned) fn matrix_row(matrix: u32, row: u32, column: u32) -> vec4f {
  let columns = min(4u * column + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u));
  let at = matrix + min(row, sizes.k - 1u) * sizes.n + columns;
  return select(vec4f(), vec4f(b[at.x], b[at.y], b[at.z], b[at.w]), row < sizes.k);
}
