// LeakyReLU with PyTorch's default slope.

import package::tensor::activation::{activate, derivative};

const SLOPE = 0.01;

fn leaky_relu(x: vec4f) -> vec4f {
  return activate(x, SLOPE);
}

// The derivative of LeakyReLU, from its output.
fn leaky_slope(output: vec4f) -> vec4f {
  return derivative(output, SLOPE);
}
