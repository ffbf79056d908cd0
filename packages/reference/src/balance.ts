/** Divergences as balance losses, also off-policy, by enumeration (method.md section 5.1). */
import {
  allowedActions,
  allTrajectories,
  logBackward,
  logForward,
  type ReferenceEnvironment,
  statesAlong,
  terminalState,
  trajectoryScore,
} from "./environment.js";
import { type DivergenceOptions, logZ as logZOf } from "./exact.js";
import { logProbabilities, type Mlp } from "./mlp.js";
import { orderOf } from "./objectives.js";
import { scaled, vectorSum } from "./vectors.js";

/**
 * g'(d), the coefficient of grad s in the loss E_q[g(d)] whose gradient on the policy's own samples is that of a divergence, with d = s - b -
 * log R + log Z. Tsallis differs from Renyi only by the constant (Z / r-bar)^(1 - alpha), which is left out here.
 */
export function balanceSlope({ objective, alpha }: DivergenceOptions, d: number): number {
  switch (objective) {
    case "reverse-kl":
      return d;
    case "forward-kl":
      return 1 - Math.exp(-d);
    case "jsd":
      return -Math.log((1 + Math.exp(-d)) / 2) / 2;
    default: {
      const order = orderOf(alpha);
      return (Math.abs(order) / (1 - order)) * (1 - Math.exp(-(1 - order) * d));
    }
  }
}

/** log q(tau) of the epsilon-greedy policy: with probability epsilon an action is chosen uniformly. */
export function logBehaviour<S>(env: ReferenceEnvironment<S>, mlp: Mlp, actions: number[], epsilon: number): number {
  const states = statesAlong(env, actions);
  return actions.reduce((total, action, time) => {
    const state = states[time]!;
    const own = Math.exp(logProbabilities(mlp, env.featuresOf(state), env.allowed(state))[action]!);
    return total + Math.log((1 - epsilon) * own + epsilon / allowedActions(env, state).length);
  }, 0);
}

/** E_q[g'(d) grad s] over the trajectories of the epsilon-greedy policy. `logZ` may be wrong; default: the exact one. */
export function exactBalanceGradient<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  options: DivergenceOptions & { epsilon: number; logZ?: number },
): { gradient: Float64Array; logZGradient: number } {
  const { epsilon, logZ = logZOf(env) } = options;
  const weighted = allTrajectories(env).map((actions) => {
    const d = logZ + logForward(env, mlp, actions) - logBackward(env, actions) - env.logReward(terminalState(env, actions));
    const coefficient = Math.exp(logBehaviour(env, mlp, actions, epsilon)) * balanceSlope(options, d);
    return { coefficient, vector: scaled(coefficient, trajectoryScore(env, mlp, actions)) };
  });
  return {
    gradient: vectorSum(weighted.map(({ vector }) => vector)),
    logZGradient: weighted.reduce((sum, { coefficient }) => sum + coefficient, 0),
  };
}
