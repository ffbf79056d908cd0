// element(i) = values[i]: what a reduction of one tensor reads.
@group(0) @binding(1) var<storage, read> values: array<f32>;

fn element(index: u32) -> f32 { return values[index]; }
