// LeakyReLU, as PyTorch has it: also at 0 the lower slope.

const SLOPE = 0.01;

fn leaky_relu(x: vec4f) -> vec4f {
  return max(x, SLOPE * x);
}

// Its derivative, told from what it returned.
fn leaky_slope(h: vec4f) -> vec4f {
  return select(vec4f(SLOPE), vec4f(1.0), h > vec4f());
}
