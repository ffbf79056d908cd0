import { WebgfnError } from "@webgfn/tensor";
import { largestOf } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { ExactEvaluator } from "./exact.js";
import { reachedObjects } from "./states.js";

/** The target over objects of a training with a prior. */
interface Target {
  /** State index of each object. */
  indices: Uint32Array;
  /** p_prior(x) R(x)/Z of each. */
  probabilities: Float64Array;
}

/** Distances of the exact terminating distribution of an enumerable environment to p_prior(x) R(x)/Z. */
export class PosteriorEvaluator implements Measuring {
  readonly #inputs: EvaluatorInputs;
  readonly #policy: ExactEvaluator;
  #target: Target | undefined;

  private constructor(inputs: EvaluatorInputs, policy: ExactEvaluator) {
    this.#inputs = inputs;
    this.#policy = policy;
  }

  static async create(inputs: EvaluatorInputs): Promise<PosteriorEvaluator> {
    return new PosteriorEvaluator(inputs, await ExactEvaluator.create(inputs));
  }

  async measure(): Promise<Values[]> {
    this.#target ??= await targetOf(this.#inputs);
    await this.#policy.measure();
    const values: Values[] = [];
    for (let r = 0; r < this.#inputs.replicas.count; r++) {
      values.push(distances(await this.#policy.probabilities(r), this.#target));
    }
    return values;
  }

  /** The exact distribution of the policy. */
  get policy(): ExactEvaluator {
    return this.#policy;
  }

  dispose(): void {
    this.#policy.dispose();
  }
}

/** Computes p_prior like p_T of the policy, by pushing probability through the states. */
async function targetOf(inputs: EvaluatorInputs): Promise<Target> {
  const { device, environment, prior } = inputs;
  if (prior === undefined) throw new WebgfnError("argument", "a posterior needs a prior");
  const { indices, logRewards } = await reachedObjects(device, environment);
  const evaluator = await ExactEvaluator.create({ ...inputs, ...prior });
  try {
    await evaluator.measure();
    const ofStates = await evaluator.probabilities(0);
    const highest = largestOf(logRewards);
    const weights = Float64Array.from(indices, (index, n) => (ofStates[index] as number) * Math.exp((logRewards[n] as number) - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { indices, probabilities: weights.map((weight) => weight / total) };
  } finally {
    evaluator.dispose();
  }
}

/** L1 and the Jensen–Shannon divergence. */
function distances(ofStates: Float32Array, { indices, probabilities }: Target): Values {
  let [l1, js] = [0, 0];
  probabilities.forEach((target, n) => {
    const own = ofStates[indices[n] as number] as number;
    const mean = (own + target) / 2;
    l1 += Math.abs(own - target);
    js += (own > 0 ? own * Math.log(own / mean) : 0) / 2 + (target > 0 ? target * Math.log(target / mean) : 0) / 2;
  });
  return { l1, js };
}
