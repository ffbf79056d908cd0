import { argumentError } from "../errors.js";

/** What a matrix product does to its sums: nothing, max(z, 0), or z where z > 0 and 0.01 z elsewhere (PyTorch's default slope). */
export type Activation = "none" | "relu" | "leaky-relu";

const SLOPES: Readonly<Record<Activation, number>> = { none: 1, relu: 0, "leaky-relu": 0.01 };

/** The slope below zero, which tells the activations apart. */
export function slopeOf(operation: string, activation: Activation): number {
  const slope = SLOPES[activation];
  if (slope === undefined)
    throw argumentError(`${operation}: \`activation\` must be one of ${Object.keys(SLOPES).join(", ")}, not ${activation}`);
  return slope;
}
