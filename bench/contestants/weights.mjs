// Weights travel as PyTorch's nn.Linear keeps them, [out][in] and [out]; the libraries multiply by [in][out].

export function transpose({ weight, bias }) {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const transposed = new Float32Array(weight.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) transposed[input * outputs + output] = weight[output * inputs + input];
  }
  return { weight: transposed, bias, inputs, outputs };
}

/** The way back: from [in][out] to [out][in]. */
export function untranspose(weight, bias) {
  const inputs = weight.length / bias.length;
  return { weight: transpose({ weight, bias: new Float32Array(inputs) }).weight, bias };
}

/** One vector of a whole network. */
export function flat(layers) {
  const parts = layers.flatMap(({ weight, bias }) => [weight, bias]);
  const vector = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    vector.set(part, offset);
    offset += part.length;
  }
  return vector;
}
