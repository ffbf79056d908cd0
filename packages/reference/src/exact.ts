/**
 * Exact values by enumeration: distributions, divergences and expected gradients on environments
 * small enough to visit every state, or every trajectory.
 */
import {
  allowedActions,
  allStates,
  allTrajectories,
  logBackward,
  logForward,
  type ReferenceEnvironment,
  terminalState,
  terminalStates,
  trajectoryScore,
} from "./environment.js";
import { logProbabilities, type Mlp } from "./mlp.js";
import { type DivergenceName, direction, integrand, orderOf, scaleOf } from "./objectives.js";
import { added, logSumExp, scaled, sum, vectorSum } from "./vectors.js";

/** p_T(x) for each terminal state, by pushing probability down the graph, parents first. */
export function terminatingDistribution<S>(env: ReferenceEnvironment<S>, mlp: Mlp): Map<string, number> {
  const reach = new Map<string, number>([[env.key(env.initial()), 1]]);
  const terminating = new Map<string, number>();
  for (const state of allStates(env)) {
    const probability = reach.get(env.key(state))!;
    if (env.isTerminal(state)) {
      terminating.set(env.key(state), probability);
      continue;
    }
    const logProbability = logProbabilities(mlp, env.featuresOf(state), env.allowed(state));
    for (const action of allowedActions(env, state)) {
      const child = env.key(env.apply(state, action));
      reach.set(child, (reach.get(child) ?? 0) + probability * Math.exp(logProbability[action]!));
    }
  }
  return terminating;
}

/** log Z = log of the sum of R(x) over the terminal states. */
export function logZ<S>(env: ReferenceEnvironment<S>): number {
  return logSumExp(terminalStates(env).map((state) => env.logReward(state)));
}

/** R(x) / Z for each terminal state. */
export function targetDistribution<S>(env: ReferenceEnvironment<S>): Map<string, number> {
  const terminals = terminalStates(env);
  const normaliser = logSumExp(terminals.map((state) => env.logReward(state)));
  return new Map(terminals.map((state) => [env.key(state), Math.exp(env.logReward(state) - normaliser)]));
}

/** Sum over x of |p(x) - q(x)|, twice the total variation; a missing key counts as probability 0. */
export function l1(p: Map<string, number>, q: Map<string, number>): number {
  const keys = [...new Set([...p.keys(), ...q.keys()])];
  return sum(keys.map((key) => Math.abs((p.get(key) ?? 0) - (q.get(key) ?? 0))));
}

export interface DivergenceOptions {
  objective: DivergenceName;
  /** Needed by Rényi and Tsallis; not 1. */
  alpha?: number | undefined;
}

/**
 * The divergence between p_F(tau) and p_B(tau) = R(x) p_B(tau | x) / Z, from its definition in method.md section 2: KL(P_F || P_B), KL(P_B ||
 * P_F), R_alpha(P_F || P_B) or T_alpha(P_F || P_B); the last two are negated below order 0, because they would be negative.
 */
export function exactDivergence<S>(env: ReferenceEnvironment<S>, mlp: Mlp, options: DivergenceOptions): number {
  const normaliser = logZ(env);
  const pairs = allTrajectories(env).map((actions) => {
    const logR = env.logReward(terminalState(env, actions));
    return {
      pF: Math.exp(logForward(env, mlp, actions)),
      pB: Math.exp(logBackward(env, actions) + logR - normaliser),
    };
  });
  const integral = (order: number): number => sum(pairs.map(({ pF, pB }) => pF ** order * pB ** (1 - order)));

  switch (options.objective) {
    case "reverse-kl":
      return sum(pairs.map(({ pF, pB }) => pF * Math.log(pF / pB)));
    case "forward-kl":
      return sum(pairs.map(({ pF, pB }) => pB * Math.log(pB / pF)));
    case "jsd":
      return sum(pairs.map(({ pF, pB }) => pF * Math.log((2 * pF) / (pF + pB)) + pB * Math.log((2 * pB) / (pF + pB)))) / 2;
    case "renyi": {
      const order = orderOf(options.alpha);
      return (direction(order) * Math.log(integral(order))) / (order - 1);
    }
    case "tsallis": {
      const order = orderOf(options.alpha);
      return (direction(order) * (integral(order) - 1)) / (order - 1);
    }
  }
}

/**
 * scale * E[grad f + f grad s] over tau ~ p_F, with the scale's batch mean replaced by its expectation: the limit of `batchGradient` with the
 * estimator `none` for an infinite batch. rho = log R - logRewardShift, where logRewardShift (default 0) is the constant log r-bar.
 *
 * Its relation to the gradient of `exactDivergence`, with c = exp(logRewardShift):
 * - reverse KL: equal, for every shift, because E[grad s] = 0;
 * - forward KL: equal, for every shift: E[w] = Z / c cancels the constants in w;
 * - Rényi: equal, for every shift, in the same way;
 * - Tsallis: (Z / c)^(1 - alpha) times the gradient;
 * - Jensen-Shannon: equal. Its f depends on Z, and log Z takes the place of the shift.
 */
export function exactGradient<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  options: DivergenceOptions & { logRewardShift?: number | undefined },
): Float64Array {
  const { objective, alpha, logRewardShift = 0 } = options;
  const shift = objective === "jsd" ? logZ(env) : logRewardShift;
  const weighted = allTrajectories(env).map((actions) => {
    const s = logForward(env, mlp, actions);
    const trajectory = {
      logForward: s,
      logBackward: logBackward(env, actions),
      logReward: env.logReward(terminalState(env, actions)) - shift,
    };
    const score = trajectoryScore(env, mlp, actions);
    const { f, gradF } = integrand(objective, alpha, trajectory, score);
    const probability = Math.exp(s);
    return { f: probability * f, vector: scaled(probability, added(gradF, scaled(f, score))) };
  });
  const expectationOfF = sum(weighted.map((term) => term.f));
  const expectation = vectorSum(weighted.map((term) => term.vector));
  return scaled(scaleOf(objective, alpha, expectationOfF), expectation);
}

/**
 * The expectation over tau ~ p_F, samples detached, of the gradient of the TB loss (log Z + s - b - log R)^2.
 * Proposition 1: the policy's part is 2 grad KL(P_F || P_B), whatever the constant `logZ` is.
 */
export function exactTrajectoryBalanceGradient<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  options: { logZ: number },
): { gradient: Float64Array; logZGradient: number } {
  const weighted = allTrajectories(env).map((actions) => {
    const s = logForward(env, mlp, actions);
    const d = options.logZ + s - logBackward(env, actions) - env.logReward(terminalState(env, actions));
    const coefficient = Math.exp(s) * 2 * d;
    return { coefficient, vector: scaled(coefficient, trajectoryScore(env, mlp, actions)) };
  });
  return {
    gradient: vectorSum(weighted.map((term) => term.vector)),
    logZGradient: sum(weighted.map((term) => term.coefficient)),
  };
}
