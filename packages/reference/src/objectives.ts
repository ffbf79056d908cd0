/**
 * The gradient of a batch for every objective and estimator, from the score vector of each trajectory. It uses the float64 side of the
 * objectives and estimators, as `webgfn variance` does. Tests check it against examples by hand, enumeration and finite differences, and
 * check the kernels against it.
 */
import { type Divergence, estimators, type Hosted, makeObjective, trajectoryBalance } from "@webgfn/objectives";
import { integrandOf, scoreControlled } from "@webgfn/objectives/internal";
import { batchCombinations, combined, type HostEstimator, hostEstimator, scoreSums } from "@webgfn/trainer/internal";
import { mean, scaled, vectorMean } from "./vectors.js";

export type ObjectiveName = "reverse-kl" | "forward-kl" | "renyi" | "tsallis" | "jsd" | "tb";
export type DivergenceName = Exclude<ObjectiveName, "tb">;
export type EstimatorName = "none" | "loo" | "paper" | "batch-mean" | "balance" | "optimal";

/** One entry per trajectory. */
export interface Batch {
  /** s = log p_F(tau) */
  logForward: number[];
  /** b = log p_B(tau | x) */
  logBackward: number[];
  /** Divergences: rho = log R(x) - log r-bar, already shifted. TB: log R(x) itself. */
  logReward: number[];
}

export interface ObjectiveOptions {
  objective: ObjectiveName;
  /** Ignored by TB, which takes no control variate. */
  estimator: EstimatorName;
  /** Needed by Rényi and Tsallis; not 1. */
  alpha?: number | undefined;
  /** Forward KL's importance weights, divided by their mean unless `raw`. */
  weights?: "normalised" | "raw" | undefined;
  /** Needed by TB. */
  logZ?: number | undefined;
  /** Keeps the coefficient of the `paper` estimator finite if the scores sum to 0. */
  epsilon?: number | undefined;
}

export interface BatchGradient {
  /** Gradient with respect to the policy's parameters, in the order of the scores. */
  gradient: Float64Array;
  /** Gradient with respect to log Z; 0 for the divergences, which have no log Z. */
  logZGradient: number;
  /** TB only: the mean squared balance error. */
  loss?: number;
}

/** The order of a divergence that has one; throws if it is missing or 1, for which the formulas break down. */
export function orderOf(alpha: number | undefined): number {
  if (alpha === undefined || alpha === 1) throw new Error("Rényi and Tsallis need an alpha other than 1.");
  return alpha;
}

/**
 * The sign with which the divergence is minimised: below order 0 the definitions of method.md are negative (they are alpha / (1 - alpha)
 * times the divergence of order 1 - alpha with its arguments swapped), so -R and -T are minimised.
 */
export function direction(alpha: number | undefined): number {
  return Math.sign(orderOf(alpha));
}

/** The divergence that options name. */
function divergenceOf(objective: DivergenceName, alpha: number | undefined, weights?: ObjectiveOptions["weights"]): Hosted<Divergence> {
  const order = objective === "renyi" || objective === "tsallis" ? { alpha: orderOf(alpha) } : {};
  const kind = objective === "forward-kl" ? { weights } : {};
  return makeObjective(objective, { ...order, ...kind }) as Hosted<Divergence>;
}

/** f and grad f of one trajectory (table in method.md section 3), such that the gradient is E[grad f + f grad s]. */
export interface Integrand {
  f: number;
  gradF: Float64Array;
}

/** `logReward` is rho; `score` is grad s. */
export function integrand(
  objective: DivergenceName,
  alpha: number | undefined,
  { logForward, logBackward, logReward }: { logForward: number; logBackward: number; logReward: number },
  score: Float64Array,
): Integrand {
  const { exponent = () => 0, value, gradientTerms = [0, 0] } = divergenceOf(objective, alpha).host;
  const logWeight = logBackward + logReward - logForward;
  const f = value(logWeight, exponent(logWeight, 0), 0);
  return { f, gradF: scaled(gradientTerms[0] * f + gradientTerms[1], score) };
}

/** The scale column of the table in method.md section 3, in the direction of descent; `meanF` is the average of f, detached. */
export function scaleOf(
  objective: DivergenceName,
  alpha: number | undefined,
  meanF: number,
  weights: ObjectiveOptions["weights"] = "normalised",
): number {
  return divergenceOf(objective, alpha, weights).host.scale?.(meanF) ?? 1;
}

/**
 * The gradient estimate of one batch. `scores[n]` is grad s of trajectory n.
 * Divergences: scale * (term A + term B). TB: mean of g'(d) grad s with d = log Z + s - b - log R, trajectories detached.
 */
export function batchGradient(options: ObjectiveOptions, batch: Batch, scores: Float64Array[]): BatchGradient {
  const { objective, estimator, alpha, weights, logZ, epsilon } = options;
  const logWeights = Float64Array.from(trajectoriesOf(batch, scores), (t) => t.logReward + t.logBackward - t.logForward);
  if (objective === "tb") {
    if (logZ === undefined) throw new Error("TB needs log Z.");
    const { residual, slope, loss } = trajectoryBalance().host;
    const d = [...logWeights].map((logWeight) => residual(logWeight, logZ, 0, 0));
    const gradient = vectorMean(scores.map((score, n) => scaled(slope(d[n]!), score)));
    return { gradient, logZGradient: mean(d.map(slope)), loss: mean(d.map(loss)) };
  }
  const found = integrandOf(divergenceOf(objective, alpha, weights).host, logWeights);
  const rows = Float64Array.from(scores.flatMap((score) => [...score]));
  const sums = scoreSums(rows, scores.length);
  const chosen: HostEstimator =
    estimator === "paper" && epsilon !== undefined
      ? { ...estimators.paper, combine: (each) => scoreControlled(each, epsilon) }
      : hostEstimator(estimator);
  const { centred, combinations } = batchCombinations(rows, sums, found, [chosen]);
  return { gradient: combined(centred, sums.sum, combinations[0]!), logZGradient: 0 };
}

function trajectoriesOf(batch: Batch, scores: Float64Array[]) {
  const count = scores.length;
  if (![batch.logForward, batch.logBackward, batch.logReward].every((column) => column.length === count)) {
    throw new Error(`The batch must have one entry for each of its ${count} scores.`);
  }
  return scores.map((_, n) => ({
    logForward: batch.logForward[n]!,
    logBackward: batch.logBackward[n]!,
    logReward: batch.logReward[n]!,
  }));
}
