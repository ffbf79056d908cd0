/** Relative trajectory balance: a policy for p_prior(x) R(x) / Z, where p_prior is another policy (method.md section 2). */
import { logForward, type ReferenceEnvironment, terminalState, terminalStates, trajectoryScore } from "./environment.js";
import { terminatingDistribution } from "./exact.js";
import type { Mlp } from "./mlp.js";
import { mean, scaled, vectorSum } from "./vectors.js";

/** mean (log Z + log p_F(tau) - log p_prior(tau) - log R(x))^2 over a batch, with its gradients by the policy's parameters and by log Z. */
export function relativeBalance<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  { prior, logZ }: { prior: Mlp; logZ: number },
  batch: readonly number[][],
): { loss: number; gradient: Float64Array; logZGradient: number } {
  const residuals = batch.map((actions) => {
    const logRatio = logForward(env, mlp, actions) - logForward(env, prior, actions);
    return logZ + logRatio - env.logReward(terminalState(env, actions));
  });
  const scores = batch.map((actions, n) => scaled((2 * residuals[n]!) / batch.length, trajectoryScore(env, mlp, actions)));
  return {
    loss: mean(residuals.map((d) => d ** 2)),
    gradient: vectorSum(scores),
    logZGradient: mean(residuals.map((d) => 2 * d)),
  };
}

/** p_prior(x) R(x) / Z for each terminal state, and log Z. */
export function posterior<S>(env: ReferenceEnvironment<S>, prior: Mlp): { probabilities: Map<string, number>; logZ: number } {
  const ofPrior = terminatingDistribution(env, prior);
  const weights = terminalStates(env).map(
    (state) => [env.key(state), ofPrior.get(env.key(state))! * Math.exp(env.logReward(state))] as const,
  );
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return { probabilities: new Map(weights.map(([key, weight]) => [key, weight / total])), logZ: Math.log(total) };
}
