import { argumentError } from "../errors.js";

/** The activation of a matrix product's sums z: none, max(z, 0), or z for z > 0 and 0.01 z otherwise (PyTorch's default slope). */
export type Activation = "none" | "relu" | "leaky-relu";

const SLOPES: Readonly<Record<Activation, number>> = { none: 1, relu: 0, "leaky-relu": 0.01 };

/** The slope below zero, which identifies the activation. */
export function slopeOf(operation: string, activation: Activation): number {
  const slope = SLOPES[activation];
  if (slope === undefined)
    throw argumentError(`${operation}: \`activation\` must be one of ${Object.keys(SLOPES).join(", ")}, not ${activation}`);
  return slope;
}
