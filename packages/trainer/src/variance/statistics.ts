import { cosine, meanVector, squaredDistance } from "./vectors.js";

/** A positive quantity with its 95 % confidence interval. */
export interface Estimated {
  value: number;
  interval: [number, number];
}

/** A mean with its standard error. */
export interface Averaged {
  mean: number;
  error: number;
}

/** Half the width of a 95 % interval, in standard errors. */
const QUANTILE = 1.96;

/** Fewest batches: the jackknife leaves one out of an unbiased variance. */
export const FEWEST_BATCHES = 3;

/** `[M]`: ‖G_m − Ḡ‖² of independent gradients. */
export function squaredDeviations(gradients: readonly Float64Array[]): Float64Array {
  const centre = meanVector(gradients);
  return Float64Array.from(gradients, (gradient) => squaredDistance(gradient, centre));
}

/**
 * The trace of the covariance of a gradient: the sum over parameters of the unbiased variances.
 *
 * @param deviations [M], the result of {@link squaredDeviations}.
 */
export function traceOfCovariance(deviations: Float64Array): Estimated {
  return jackknifed([leaveOneOutTraces(deviations)], ([trace]) => trace);
}

/** How many times smaller a trace is than that of another estimator on the same M batches. */
export function traceReduction(deviations: Float64Array, without: Float64Array): Estimated {
  return jackknifed([leaveOneOutTraces(without), leaveOneOutTraces(deviations)], ([before, after]) => before / after);
}

interface Traces {
  whole: number;
  /** `[M]`: the trace without batch m. */
  without: Float64Array;
}

/** Leaving batch m out takes M/(M−1) · ‖G_m − Ḡ‖² off the sum of squares, with the mean taken anew. */
function leaveOneOutTraces(deviations: Float64Array): Traces {
  const count = deviations.length;
  const sum = deviations.reduce((total, deviation) => total + deviation, 0);
  return { whole: sum / (count - 1), without: deviations.map((deviation) => (sum - (count / (count - 1)) * deviation) / (count - 2)) };
}

/**
 * A function of traces on the same batches, with the jackknife's standard error over batches. The interval is symmetric in
 * the logarithm, as suits a positive quantity.
 */
function jackknifed(traces: readonly Traces[], quantity: (traces: [number, number]) => number): Estimated {
  const of = (pick: (trace: Traces) => number) => quantity(traces.map(pick) as [number, number]);
  const count = traces[0]?.without.length ?? 0;
  const logarithms = Array.from({ length: count }, (_, m) => Math.log(of(({ without }) => without[m] as number)));
  const centre = logarithms.reduce((sum, value) => sum + value, 0) / count;
  const error = Math.sqrt(((count - 1) / count) * logarithms.reduce((sum, value) => sum + (value - centre) ** 2, 0));
  const value = of(({ whole }) => whole);
  return { value, interval: [value * Math.exp(-QUANTILE * error), value * Math.exp(QUANTILE * error)] };
}

export function averaged(values: readonly number[]): Averaged {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, error: Math.sqrt(variance / count) };
}

/** Mean cosine of the gradients to one direction. Gradients of 0 have no direction and are left out. */
export function meanCosine(gradients: readonly Float64Array[], direction: Float64Array): Averaged {
  return averaged(gradients.filter(isDirected).map((gradient) => cosine(gradient, direction)));
}

function isDirected(gradient: Float64Array): boolean {
  return gradient.some((value) => value !== 0);
}

/**
 * Mean cosine of the gradients to a large-batch gradient: to the mean of `references` over all the other batches. A batch's
 * own reference is left out, because its noise is in the gradient as well. Gradients of 0 have no direction and are left out.
 */
export function meanCosineToOthers(gradients: readonly Float64Array[], references: readonly Float64Array[]): Averaged {
  const count = references.length;
  const centre = meanVector(references);
  return averaged(
    gradients.flatMap((gradient, m) => {
      if (!isDirected(gradient)) return [];
      const own = references[m] as Float64Array;
      const others = centre.map((value, p) => (count * value - (own[p] as number)) / (count - 1));
      return [cosine(gradient, others)];
    }),
  );
}
