/**
 * The gradient of a batch for every objective and estimator, from the score vector of each trajectory.
 * Written from the formulas of method.md sections 2 and 3 with one vector per trajectory, so that it checks
 * the accumulated-channels shortcut of the kernels independently.
 */
import { added, dot, mean, scaled, vectorMean, vectorSum } from "./vectors.js";

export type ObjectiveName = "reverse-kl" | "forward-kl" | "renyi" | "tsallis" | "tb";
export type DivergenceName = Exclude<ObjectiveName, "tb">;
export type EstimatorName = "none" | "loo" | "paper" | "batch-mean" | "optimal";

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
  /** Keeps the coefficient of the `paper` estimator finite where the scores sum to nothing. */
  epsilon?: number | undefined;
}

export interface BatchGradient {
  /** With respect to the policy's parameters, in the order of the scores. */
  gradient: Float64Array;
  /** With respect to log Z; 0 for the divergences, which have none. */
  logZGradient: number;
  /** TB only: the mean squared balance error. */
  loss?: number;
}

/** The order of a divergence that has one; fails where it is missing or 1, where the formulas break down. */
export function orderOf(alpha: number | undefined): number {
  if (alpha === undefined || alpha === 1) throw new Error("Rényi and Tsallis need an alpha other than 1.");
  return alpha;
}

/**
 * Which way the divergence is minimised: below order 0 the definitions of method.md are negative (they are alpha / (1 - alpha)
 * times the divergence of order 1 - alpha with its arguments swapped), so that -R and -T are what becomes small.
 */
export function direction(alpha: number | undefined): number {
  return Math.sign(orderOf(alpha));
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
  trajectory: { logForward: number; logBackward: number; logReward: number },
  score: Float64Array,
): Integrand {
  const s = trajectory.logForward;
  const b = trajectory.logBackward;
  const rho = trajectory.logReward;
  switch (objective) {
    case "reverse-kl":
      return { f: s - b - rho, gradF: score };
    case "forward-kl": {
      // The importance weight p_B R / p_F. The paper's main text has it upside down, its Appendix C.3 right.
      const w = Math.exp(b + rho - s);
      return { f: -w, gradF: scaled(0, score) };
    }
    case "renyi":
    case "tsallis": {
      const order = orderOf(alpha);
      const g = Math.exp((1 - order) * (b + rho - s));
      return { f: g, gradF: scaled((order - 1) * g, score) };
    }
  }
}

/** The scale column of the table in method.md section 3, in the direction of descent; `meanF` is the average of f, detached. */
export function scaleOf(
  objective: DivergenceName,
  alpha: number | undefined,
  meanF: number,
  weights: ObjectiveOptions["weights"] = "normalised",
): number {
  switch (objective) {
    case "reverse-kl":
      return 1;
    case "forward-kl":
      return weights === "raw" ? 1 : 1 / -meanF; // f = -w
    case "tsallis":
      return direction(alpha) / (orderOf(alpha) - 1);
    case "renyi":
      return direction(alpha) / ((orderOf(alpha) - 1) * meanF);
  }
}

/**
 * Term A = E[grad f]. `paper` and `optimal` control it: mean(grad f) - a * mean(grad s), with the delta-method a or that of
 * Proposition 2, whose expectations are the batch's means.
 */
function termA(estimator: EstimatorName, epsilon: number, samples: readonly Integrand[], scores: readonly Float64Array[]): Float64Array {
  const gradFs = samples.map((sample) => sample.gradF);
  if (estimator !== "paper" && estimator !== "optimal") return vectorMean(gradFs);
  const a = estimator === "paper" ? deltaMethodCoefficient(epsilon, gradFs, scores) : optimalCoefficient(gradFs, scores);
  return added(vectorMean(gradFs), scaled(-a, vectorMean(scores)));
}

function deltaMethodCoefficient(epsilon: number, gradFs: readonly Float64Array[], scores: readonly Float64Array[]): number {
  const sumOfScores = vectorSum(scores);
  return dot(sumOfScores, vectorSum(gradFs)) / (epsilon + dot(sumOfScores, sumOfScores));
}

/** a* = E[<grad s, grad f - E grad f>] / E|grad s|^2 (Proposition 2). */
function optimalCoefficient(gradFs: readonly Float64Array[], scores: readonly Float64Array[]): number {
  const expected = vectorMean(gradFs);
  const covariance = mean(scores.map((score, n) => dot(score, added(gradFs[n]!, scaled(-1, expected)))));
  return covariance / mean(scores.map((score) => dot(score, score)));
}

/** Term B = E[f grad s]: the mean of (f_n - baseline_n) grad s_n. */
function termB(estimator: EstimatorName, f: readonly number[], scores: readonly Float64Array[]): Float64Array {
  const baselines = f.map((_, n) => baseline(estimator, f, n));
  return vectorMean(scores.map((score, n) => scaled(f[n]! - baselines[n]!, score)));
}

function baseline(estimator: EstimatorName, f: readonly number[], n: number): number {
  switch (estimator) {
    case "none":
      return 0;
    case "batch-mean":
      return mean(f); // holds f_n itself, hence the bias
    case "loo":
    case "paper":
    case "optimal":
      if (f.length < 2) throw new Error("Leave-one-out needs two trajectories or more.");
      return mean(f.filter((_, m) => m !== n));
  }
}

/**
 * The gradient estimate of one batch. `scores[n]` is grad s of trajectory n.
 * Divergences: scale * (term A + term B). TB: mean of 2 d grad s with d = log Z + s - b - log R, trajectories detached.
 */
export function batchGradient(options: ObjectiveOptions, batch: Batch, scores: Float64Array[]): BatchGradient {
  const { objective, estimator, alpha, weights, logZ, epsilon = 1e-8 } = options;
  const trajectories = trajectoriesOf(batch, scores);

  if (objective === "tb") {
    if (logZ === undefined) throw new Error("TB needs log Z.");
    const d = trajectories.map((t) => logZ + t.logForward - t.logBackward - t.logReward);
    return {
      gradient: scaled(2, vectorMean(scores.map((score, n) => scaled(d[n]!, score)))),
      logZGradient: 2 * mean(d),
      loss: mean(d.map((error) => error ** 2)),
    };
  }

  const samples = trajectories.map((trajectory, n) => integrand(objective, alpha, trajectory, scores[n]!));
  const f = samples.map((sample) => sample.f);
  const terms = added(termA(estimator, epsilon, samples, scores), termB(estimator, f, scores));
  return { gradient: scaled(scaleOf(objective, alpha, mean(f), weights), terms), logZGradient: 0 };
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
