// Activations with a slope below zero: LeakyReLU, ReLU with slope 0, none with slope 1. At 0 the slope is the lower one, as
// PyTorch has it.

fn activate(x: vec4f, slope: f32) -> vec4f {
  return select(slope * x, x, x > vec4f());
}

// The derivative, given the activation's output, which has the sign of its input.
fn derivative(output: vec4f, slope: f32) -> vec4f {
  return select(vec4f(slope), vec4f(1.0), output > vec4f());
}
