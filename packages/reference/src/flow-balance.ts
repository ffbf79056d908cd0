/**
 * Balance losses with a learned flow log F(s), one more output of the network, and the log-variance loss (method.md section 2):
 * the loss of a batch and its gradient, transition by transition.
 */
import { logBackward, logForward, type ReferenceEnvironment, statesAlong, terminalState, trajectoryScore } from "./environment.js";
import { logits, logProbabilities, type Mlp, parameterCount, parameterGradient, scoreGradient } from "./mlp.js";
import { added, mean, scaled, sum } from "./vectors.js";

export type FlowObjectiveName = "vargrad" | "db" | "subtb";

export interface FlowOptions {
  objective: FlowObjectiveName;
  /** Of SubTB. */
  lambda?: number;
  /** log r-bar: F(x) = R(x) / r-bar. */
  logRewardShift: number;
}

/** A number and its gradient with respect to every parameter. */
interface Term {
  value: number;
  gradient: Float64Array;
}

const plus = (a: Term, b: Term): Term => ({ value: a.value + b.value, gradient: added(a.gradient, b.gradient) });
const times = (factor: number, a: Term): Term => ({ value: factor * a.value, gradient: scaled(factor, a.gradient) });
const squared = (a: Term): Term => ({ value: a.value ** 2, gradient: scaled(2 * a.value, a.gradient) });
const total = (terms: readonly Term[]): Term => terms.reduce(plus);

/** Where the flow is among the outputs: the next multiple of four after the logits. */
const flowOutput = (actions: number): number => 4 * Math.ceil(actions / 4);

/** log F along a trajectory, and log p_F - log p_B of each of its transitions. */
function alongTrajectory<S>(env: ReferenceEnvironment<S>, mlp: Mlp, actions: readonly number[], logRewardShift: number) {
  const outputs = flowOutput(env.actions) + 1;
  const states = statesAlong(env, [...actions]);
  const constant = (value: number): Term => ({ value, gradient: new Float64Array(parameterCount(mlp)) });
  const flows = states.map((state): Term => {
    if (env.isTerminal(state)) return constant(env.logReward(state) - logRewardShift);
    const pick = Array.from({ length: outputs }, (_, i) => (i === outputs - 1 ? 1 : 0));
    return { value: logits(mlp, env.featuresOf(state))[outputs - 1]!, gradient: parameterGradient(mlp, env.featuresOf(state), pick) };
  });
  const steps = actions.map((action, t): Term => {
    const mask = Array.from({ length: outputs }, (_, i) => env.allowed(states[t]!)[i] ?? false);
    const features = env.featuresOf(states[t]!);
    const forward = { value: logProbabilities(mlp, features, mask)[action]!, gradient: scoreGradient(mlp, features, mask, action) };
    return plus(forward, constant(Math.log(env.parents(states[t + 1]!).length)));
  });
  return { flows, steps };
}

/** log F(s_i) + sum of the transitions from i to j - log F(s_j): the balance of a stretch. */
function stretch({ flows, steps }: { flows: Term[]; steps: Term[] }, i: number, j: number): Term {
  return total([flows[i]!, ...steps.slice(i, j), times(-1, flows[j]!)]);
}

export function flowLoss<S>(options: FlowOptions, env: ReferenceEnvironment<S>, mlp: Mlp, batch: readonly number[][]): Term {
  const { objective, lambda = 0.9, logRewardShift } = options;
  if (objective === "vargrad") return logVariance(env, mlp, batch);
  const trajectories = batch.map((actions) => alongTrajectory(env, mlp, actions, logRewardShift));
  if (objective === "db") {
    const residuals = trajectories.flatMap((trajectory) => trajectory.steps.map((_, t) => stretch(trajectory, t, t + 1)));
    return times(1 / residuals.length, total(residuals.map(squared)));
  }
  const losses = trajectories.map((trajectory) => {
    const length = trajectory.steps.length;
    const pairs = Array.from({ length }, (_, i) => Array.from({ length: length - i }, (_, k) => [i, i + k + 1] as const)).flat();
    const weighted = pairs.map(([i, j]) => times(lambda ** (j - i), squared(stretch(trajectory, i, j))));
    return times(1 / sum(pairs.map(([i, j]) => lambda ** (j - i))), total(weighted));
  });
  return times(1 / losses.length, total(losses));
}

/** mean (d - mean d)^2, d = s - b - log R. */
function logVariance<S>(env: ReferenceEnvironment<S>, mlp: Mlp, batch: readonly number[][]): Term {
  const d = batch.map(
    (actions): Term => ({
      value: logForward(env, mlp, [...actions]) - logBackward(env, [...actions]) - env.logReward(terminalState(env, [...actions])),
      gradient: trajectoryScore(env, mlp, [...actions]),
    }),
  );
  const average = times(1 / d.length, total(d));
  const deviations = d.map((each) => squared(plus(each, times(-1, average))));
  return { value: mean(deviations.map(({ value }) => value)), gradient: times(1 / d.length, total(deviations)).gradient };
}
