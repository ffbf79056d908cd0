/**
 * Policies whose network also learns p_B(s | s'), a masked softmax over a second set of outputs, evaluated at s'. The mathematics is that of
 * method.md, but log p_B is not constant: every term in b has a gradient, too.
 */
import { type ReferenceEnvironment, statesAlong } from "./environment.js";
import { logProbabilities, type Mlp, parameterCount, scoreGradient } from "./mlp.js";
import { direction, type ObjectiveName, orderOf } from "./objectives.js";
import { added, mean, scaled, sum, vectorMean } from "./vectors.js";

/** Index of the first backward output: the next multiple of four, as in checkpoints. */
export function backwardOffset(actions: number): number {
  return 4 * Math.ceil(actions / 4);
}

/** The outputs that p_F uses at a state. */
function forwardMask<S>(env: ReferenceEnvironment<S>, state: S): boolean[] {
  const none = new Array<boolean>(backwardOffset(env.actions)).fill(false);
  return [...env.allowed(state), ...none];
}

/** The outputs that p_B uses at a state. */
export function backwardMask<S>(env: ReferenceEnvironment<S>, state: S): boolean[] {
  const mask = new Array<boolean>(backwardOffset(env.actions) + env.actions).fill(false);
  for (const { action } of env.parents(state)) mask[backwardOffset(env.actions) + action] = true;
  return mask;
}

/** Pads a mask to the number of outputs. */
export function padded(mask: boolean[], outputs: number): boolean[] {
  return Array.from({ length: outputs }, (_, i) => mask[i] ?? false);
}

export interface LearnedTrajectory {
  /** s = log p_F, b = log p_B, log R. */
  logForward: number;
  logBackward: number;
  logReward: number;
  /** Gradients of s and b. */
  forwardScore: Float64Array;
  backwardScore: Float64Array;
}

export function learnedTrajectory<S>(env: ReferenceEnvironment<S>, mlp: Mlp, actions: readonly number[]): LearnedTrajectory {
  const outputs = backwardOffset(env.actions) + env.actions;
  const states = statesAlong(env, [...actions]);
  let logForward = 0;
  let logBackward = 0;
  let forwardScore: Float64Array = new Float64Array(parameterCount(mlp));
  let backwardScore: Float64Array = new Float64Array(parameterCount(mlp));
  actions.forEach((action, t) => {
    const from = states[t]!;
    const to = states[t + 1]!;
    const forward = padded(forwardMask(env, from), outputs);
    const backward = padded(backwardMask(env, to), outputs);
    const back = backwardOffset(env.actions) + action;
    logForward += logProbabilities(mlp, env.featuresOf(from), forward)[action]!;
    logBackward += logProbabilities(mlp, env.featuresOf(to), backward)[back]!;
    forwardScore = added(forwardScore, scoreGradient(mlp, env.featuresOf(from), forward, action));
    backwardScore = added(backwardScore, scoreGradient(mlp, env.featuresOf(to), backward, back));
  });
  return { logForward, logBackward, logReward: env.logReward(states.at(-1)!), forwardScore, backwardScore };
}

export interface LearnedOptions {
  objective: ObjectiveName;
  alpha?: number | undefined;
  /** `loo`: leave-one-out on the term f ∇s; `none`: no control variate. */
  estimator: "none" | "loo";
  /** Forward KL's importance weights, divided by their mean unless `raw`. */
  weights?: "normalised" | "raw";
  /** log Z of trajectory balance. */
  logZ?: number;
  /** The loss of p_B: the objective, or -mean log p_B(tau | x); then p_B is constant in the objective. */
  backwardLoss?: "objective" | "tlm";
}

/** The gradient of -mean log p_B(tau | x). */
export function trajectoryLikelihoodGradient(batch: readonly LearnedTrajectory[]): Float64Array {
  return scaled(-1, vectorMean(batch.map(({ backwardScore }) => backwardScore)));
}

/** The batch's gradient, from the definitions: scale · { mean ∇f + mean f ∇s }, with ∇f through s and b alike. */
export function learnedGradient(options: LearnedOptions, batch: readonly LearnedTrajectory[]): Float64Array {
  if (options.backwardLoss === "tlm") {
    const constant = batch.map((trajectory) => ({ ...trajectory, backwardScore: new Float64Array(trajectory.backwardScore.length) }));
    return added(learnedGradient({ ...options, backwardLoss: "objective" }, constant), trajectoryLikelihoodGradient(batch));
  }
  const logWeights = batch.map(({ logForward, logBackward, logReward }) => logReward + logBackward - logForward);
  const forwardScores = batch.map(({ forwardScore }) => forwardScore);
  const differences = batch.map(({ forwardScore, backwardScore }) => added(forwardScore, scaled(-1, backwardScore)));
  const termB = (f: readonly number[]) => {
    const meanOfOthers = (n: number) => (sum(f) - f[n]!) / (f.length - 1);
    return vectorMean(forwardScores.map((score, n) => scaled(f[n]! - (options.estimator === "loo" ? meanOfOthers(n) : 0), score)));
  };
  switch (options.objective) {
    case "tb":
      return vectorMean(differences.map((difference, n) => scaled(2 * ((options.logZ ?? 0) - logWeights[n]!), difference)));
    case "reverse-kl":
      return added(vectorMean(differences), termB(logWeights.map((w) => -w)));
    case "renyi":
    case "tsallis": {
      const order = orderOf(options.alpha);
      const g = logWeights.map((w) => Math.exp((1 - order) * w));
      const termA = vectorMean(differences.map((difference, n) => scaled((order - 1) * g[n]!, difference)));
      const scale = direction(order) / ((order - 1) * (options.objective === "renyi" ? mean(g) : 1));
      return scaled(scale, added(termA, termB(g)));
    }
    case "forward-kl": {
      // KL(P_B || P_F) = E_{P_B}[l], l = log(p_B R / p_F) - log Z. Its gradient is -E_{P_B}[∇s] + E_{P_B}[(l - E l) ∇b].
      const w = logWeights.map((value) => Math.exp(value));
      const shares = w.map((value) => value / mean(w));
      const expectation = mean(shares.map((share, n) => share * logWeights[n]!));
      const throughBackward = vectorMean(
        batch.map(({ backwardScore }, n) => scaled(shares[n]! * (logWeights[n]! - expectation), backwardScore)),
      );
      const normalised = added(throughBackward, scaled(1 / mean(w), termB(w.map((value) => -value))));
      return options.weights === "raw" ? scaled(mean(w), normalised) : normalised;
    }
    case "jsd": {
      // E_{P_F}[phi(w)] with phi' = log(2w / (1 + w)) / 2 and f = phi - w phi' = -log((1 + w) / 2) / 2: E[f ∇s] + E[w phi' ∇b].
      const total = mean(logWeights.map((value) => Math.exp(value)));
      const w = logWeights.map((value) => Math.exp(value) / total);
      const throughBackward = vectorMean(
        batch.map(({ backwardScore }, n) => scaled((w[n]! * Math.log((2 * w[n]!) / (1 + w[n]!))) / 2, backwardScore)),
      );
      return added(throughBackward, termB(w.map((value) => -Math.log((1 + value) / 2) / 2)));
    }
  }
}
