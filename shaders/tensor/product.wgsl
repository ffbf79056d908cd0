// element(i) = values[i] · factors[i]: what a reduction of a product of two tensors reads.
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> factors: array<f32>;

fn element(index: u32) -> f32 { return values[index] * factors[index]; }
