/** Reverse-mode differentiation of scalars: every value stores its inputs and the derivatives by them. */
import { LEAKY_SLOPE } from "./mlp.js";

export class Scalar {
  readonly value: number;
  /** The inputs of this value, with the derivatives by each. */
  readonly inputs: readonly { of: Scalar; derivative: number }[];
  /** Derivative of the argument of `differentiate` by this value, after that call. */
  gradient = 0;

  constructor(value: number, inputs: readonly { of: Scalar; derivative: number }[] = []) {
    this.value = value;
    this.inputs = inputs;
  }

  plus(other: Scalar): Scalar {
    return new Scalar(this.value + other.value, [
      { of: this, derivative: 1 },
      { of: other, derivative: 1 },
    ]);
  }

  times(other: Scalar): Scalar {
    return new Scalar(this.value * other.value, [
      { of: this, derivative: other.value },
      { of: other, derivative: this.value },
    ]);
  }

  leakyRelu(): Scalar {
    const derivative = this.value > 0 ? 1 : LEAKY_SLOPE;
    return new Scalar(derivative * this.value, [{ of: this, derivative }]);
  }
}

/** log of the softmax of `values` at `chosen`. */
export function logSoftmax(values: readonly Scalar[], chosen: number): Scalar {
  const highest = values.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const exponentials = values.map(({ value }) => Math.exp(value - highest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return new Scalar(
    values[chosen]!.value - highest - Math.log(total),
    values.map((of, j) => ({ of, derivative: (j === chosen ? 1 : 0) - exponentials[j]! / total })),
  );
}

/** Fills in the gradients of all values that `result` depends on; they must all be 0 before. */
export function differentiate(result: Scalar): void {
  const order: Scalar[] = [];
  const seen = new Set<Scalar>();
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return;
    seen.add(scalar);
    for (const { of } of scalar.inputs) visit(of);
    order.push(scalar);
  };
  visit(result);
  result.gradient = 1;
  for (const scalar of order.reverse()) {
    for (const { of, derivative } of scalar.inputs) of.gradient += derivative * scalar.gradient;
  }
}
