/** Annealed rewards (method.md section 2): the target of a step is R^beta, and beta rises to 1. */
import type { ReferenceEnvironment } from "./environment.js";

export interface Annealing {
  /** beta at the first step. */
  anneal: number;
  /** The share of the steps after which beta is 1. */
  annealUntil: number;
  steps: number;
}

/** beta of a step: it rises linearly. */
export function inverseTemperature(step: number, { anneal, annealUntil, steps }: Annealing): number {
  const part = Math.min(1, step / (annealUntil * steps));
  return (1 - part) * anneal + part;
}

/** log R of the target R^beta, scaled so that log r-bar does not change. */
export function annealedLogReward(logReward: number, beta: number, logRewardShift: number): number {
  return beta * logReward + (1 - beta) * logRewardShift;
}

/** The environment with the rewards R^beta. */
export function annealedEnvironment<S>(env: ReferenceEnvironment<S>, beta: number, logRewardShift: number): ReferenceEnvironment<S> {
  return { ...env, logReward: (state) => annealedLogReward(env.logReward(state), beta, logRewardShift) };
}
