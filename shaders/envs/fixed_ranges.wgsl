// For points whose coordinates have fixed ranges and about unit size (points.wgsl).

// environment_data: [range of coordinate 1 (2), range of coordinate 2 (2), …], then the density's
@group(1) @binding(0) var<storage, read> environment_data: array<f32>;

const DENSITY = 2u * COUNT;

fn exploration_range(state: State) -> vec2f {
  let start = 2u * min(state[COUNT], COUNT - 1u);
  return vec2f(environment_data[start], environment_data[start + 1u]);
}

fn feature_scale(k: u32) -> f32 {
  return 1.0;
}
