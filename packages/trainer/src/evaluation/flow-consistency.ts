import { largestOf } from "@webgfn/tensor/internal";
import type { Measuring, Values } from "../metrics/metric.js";
import type { EvaluatorInputs } from "./evaluator.js";
import { HeldOutEvaluator, type HeldOutOptions } from "./held-out.js";
import type { PolicySamples } from "./policy-samples.js";

/** Distinct objects of each set. */
const SET = 32;
/** Distinct objects per evaluation, in sets of {@link SET}. */
const OBJECTS = 256;

/**
 * ½ Σ_{x∈S} |p_T(x)/p_T(S) − R(x)/R(S)| for one set S: the total variation distance between the two distributions on S, from 0 to 1.
 *
 * @param logProbabilities log p_T(x) of the objects of S, up to a constant.
 * @param logRewards log R(x) of the same objects.
 */
export function setInconsistency(logProbabilities: ArrayLike<number>, logRewards: ArrayLike<number>): number {
  const [p, q] = [shares(logProbabilities), shares(logRewards)];
  return 0.5 * p.reduce((sum, share, n) => sum + Math.abs(share - (q[n] as number)), 0);
}

/** e^x as a share of its sum. */
function shares(logs: ArrayLike<number>): number[] {
  const values = Array.from(logs);
  const highest = largestOf(values);
  const weights = values.map((value) => Math.exp(value - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Flow consistency in subgraphs (FCS; da Silva et al., ICLR 2025; method §5.6): the mean of {@link setInconsistency} over sets of distinct
 * objects, and its standard error. The sets are consecutive objects. A last, smaller set is left out unless it is the only one.
 *
 * @returns NaN for fewer than two objects, which cannot be compared.
 */
export function flowConsistency(
  logProbabilities: Float64Array,
  logRewards: Float64Array,
  size: number = SET,
): { mean: number; error: number } {
  const count = logProbabilities.length;
  if (count < 2) return { mean: Number.NaN, error: Number.NaN };
  const each = Math.min(size, count);
  const sets = Array.from({ length: Math.floor(count / each) }, (_, k) => {
    const of = (values: Float64Array) => values.subarray(k * each, (k + 1) * each);
    return setInconsistency(of(logProbabilities), of(logRewards));
  });
  const mean = sets.reduce((sum, value) => sum + value, 0) / sets.length;
  const squares = sets.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: sets.length < 2 ? 0 : Math.sqrt(squares / (sets.length - 1) / sets.length) };
}

/**
 * FCS on the objects that each replica's own policy samples, the first distinct ones in the order of sampling. It needs neither log Z nor
 * samples of the target. FCS compares sampled objects with each other; objects that a policy never samples are in no set.
 */
export class FlowConsistencyEvaluator implements Measuring {
  readonly #inputs: EvaluatorInputs;
  readonly #samples: () => Promise<PolicySamples[]>;
  readonly #heldOut: HeldOutEvaluator;

  private constructor(inputs: EvaluatorInputs, samples: () => Promise<PolicySamples[]>, heldOut: HeldOutEvaluator) {
    this.#inputs = inputs;
    this.#samples = samples;
    this.#heldOut = heldOut;
  }

  /**
   * @param samples samples objects from every replica's policy.
   * @param mass exact probabilities of every state, if they are known.
   */
  static async create(
    inputs: EvaluatorInputs,
    samples: () => Promise<PolicySamples[]>,
    { mass }: Pick<HeldOutOptions, "mass"> = {},
  ): Promise<FlowConsistencyEvaluator> {
    const options = { mass, ownObjects: true, ...(mass === undefined ? {} : { samples: 1 }) };
    return new FlowConsistencyEvaluator(
      inputs,
      samples,
      await HeldOutEvaluator.create(inputs, HeldOutEvaluator.fitting(inputs, OBJECTS), options),
    );
  }

  async measure(): Promise<Values[]> {
    const { stateWords } = this.#inputs.environment;
    const { count } = this.#heldOut;
    const chosen = (await this.#samples()).map(({ states }) => firstDistinct(states, stateWords, count));
    const words = new Uint32Array(chosen.length * count * stateWords);
    chosen.forEach((objects, r) => {
      // If a policy sampled fewer distinct objects, fill up with repetitions, whose results are ignored.
      for (let n = 0; n < count; n++) words.set(objects[n % objects.length] as Uint32Array, (r * count + n) * stateWords);
    });
    return (await this.#heldOut.measure(words)).map(({ logProbabilities, fromHalf, logTargets }, r) => {
      const distinct = (values: Float64Array) => values.subarray(0, (chosen[r] as Uint32Array[]).length);
      const { mean, error } = flowConsistency(distinct(logProbabilities), distinct(logTargets));
      // Noise in p_T(x) reads as inconsistency. Twice the noise shows how much of it there is.
      const noisier = flowConsistency(distinct(fromHalf), distinct(logTargets)).mean;
      return { fcs: mean, fcsError: Math.hypot(error, noisier - mean) };
    });
  }

  dispose(): void {
    this.#heldOut.dispose();
  }
}

/** The first distinct objects, `most` at most, in the order of sampling. */
function firstDistinct(states: Uint32Array, stateWords: number, most: number): Uint32Array[] {
  const found = new Map<string, Uint32Array>();
  for (let n = 0; n < states.length / stateWords && found.size < most; n++) {
    const state = states.subarray(n * stateWords, (n + 1) * stateWords);
    const key = state.join();
    if (!found.has(key)) found.set(key, state);
  }
  return [...found.values()];
}
