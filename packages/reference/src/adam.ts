/** Adam (Kingma & Ba 2015, Algorithm 1), without weight decay, and the polynomial decay of its rate. */

export interface AdamState {
  parameters: Float64Array;
  firstMoment: Float64Array;
  secondMoment: Float64Array;
  /** Steps taken so far. */
  steps: number;
}

export interface AdamOptions {
  learningRate: number;
  beta1?: number | undefined;
  beta2?: number | undefined;
  epsilon?: number | undefined;
}

/** The state before the first step: moments at 0. */
export function adamState(parameters: Float64Array): AdamState {
  return {
    parameters: parameters.slice(),
    firstMoment: new Float64Array(parameters.length),
    secondMoment: new Float64Array(parameters.length),
    steps: 0,
  };
}

/** The state after one step down the gradient; does not change `state`. */
export function adamStep(state: AdamState, gradient: Float64Array, options: AdamOptions): AdamState {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const steps = state.steps + 1;
  const firstMoment = state.firstMoment.map((m, i) => beta1 * m + (1 - beta1) * gradient[i]!);
  const secondMoment = state.secondMoment.map((v, i) => beta2 * v + (1 - beta2) * gradient[i]! ** 2);
  const parameters = state.parameters.map((parameter, i) => {
    // Both moments start at 0; dividing by 1 - beta^t removes this bias.
    const m = firstMoment[i]! / (1 - beta1 ** steps);
    const v = secondMoment[i]! / (1 - beta2 ** steps);
    return parameter - (learningRate * m) / (Math.sqrt(v) + epsilon);
  });
  return { parameters, firstMoment, secondMoment, steps };
}

/** rate * (1 - step / steps)^power; step counts from 0, so the first step has the full rate. */
export function decayed(rate: number, step: number, steps: number, power = 1): number {
  return rate * (1 - step / steps) ** power;
}
