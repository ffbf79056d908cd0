/**
 * Balance losses with a learned flow log F(s), one more output of the network, the log-variance loss (method.md section 2), modified
 * detailed balance and forward-looking flows (section 5.3): the loss of a batch and its gradient, transition by transition.
 */
import { logBackward, logForward, type ReferenceEnvironment, statesAlong, terminalState, trajectoryScore } from "./environment.js";
import { backwardMask, backwardOffset, learnedTrajectory, padded, trajectoryLikelihoodGradient } from "./learned-backward.js";
import { logits, logProbabilities, type Mlp, parameterCount, parameterGradient, scoreGradient } from "./mlp.js";
import { added, mean, scaled, sum } from "./vectors.js";

export type FlowObjectiveName = "vargrad" | "db" | "subtb" | "mdb";

export interface FlowOptions {
  objective: FlowObjectiveName;
  /** λ of SubTB. Default 0.9. */
  lambda?: number | undefined;
  /** SubTB: how stretches (subtrajectories) are weighed. Default `geometric-within`. */
  weighting?: "geometric-within" | "geometric" | "equal-within" | "equal" | undefined;
  /** log r-bar: F(x) = R(x) / r-bar. */
  logRewardShift: number;
  /** DB and SubTB: whether log F(s) is log R(s) - log r-bar plus the network's output. */
  forwardLooking?: boolean | undefined;
  /** MDB: the size of a residual at which Huber's g turns into a line. */
  delta?: number | undefined;
  /** MDB with a learned p_B: with `tlm`, p_B is constant in the loss, and the gradient of -mean log p_B(tau | x) is added. */
  backwardLoss?: "objective" | "tlm" | undefined;
  /** MDB: whether p_B is a second set of outputs instead of uniform. */
  learnedBackward?: boolean | undefined;
}

/** A number and its gradient with respect to every parameter. */
interface Term {
  value: number;
  gradient: Float64Array;
}

const plus = (a: Term, b: Term): Term => ({ value: a.value + b.value, gradient: added(a.gradient, b.gradient) });
const times = (factor: number, a: Term): Term => ({ value: factor * a.value, gradient: scaled(factor, a.gradient) });
const squared = (a: Term): Term => ({ value: a.value ** 2, gradient: scaled(2 * a.value, a.gradient) });
const huber = (a: Term, delta: number): Term =>
  Math.abs(a.value) <= delta
    ? times(0.5, squared(a))
    : { value: delta * (Math.abs(a.value) - delta / 2), gradient: scaled(delta * Math.sign(a.value), a.gradient) };
const total = (terms: readonly Term[]): Term => terms.reduce(plus);

/** Index of the flow among the outputs: the next multiple of four after the logits. */
const flowOutput = (actions: number): number => 4 * Math.ceil(actions / 4);

/** The action that stops. */
function stopOf<S>({ name, stop }: ReferenceEnvironment<S>): number {
  if (stop === undefined) throw new Error(`In ${name} states may not stop.`);
  return stop;
}

/** log R of the object that a state becomes by stopping. */
const logRewardOf = <S>(env: ReferenceEnvironment<S>, state: S): number => env.logReward(env.apply(state, stopOf(env)));

/** log F along a trajectory, and log p_F - log p_B of each of its transitions. */
function alongTrajectory<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  actions: readonly number[],
  { logRewardShift, forwardLooking = false }: FlowOptions,
) {
  const outputs = flowOutput(env.actions) + 1;
  const states = statesAlong(env, [...actions]);
  const constant = (value: number): Term => ({ value, gradient: new Float64Array(parameterCount(mlp)) });
  const flows = states.map((state): Term => {
    if (env.isTerminal(state)) return constant(env.logReward(state) - logRewardShift);
    const pick = Array.from({ length: outputs }, (_, i) => (i === outputs - 1 ? 1 : 0));
    const output = {
      value: logits(mlp, env.featuresOf(state))[outputs - 1]!,
      gradient: parameterGradient(mlp, env.featuresOf(state), pick),
    };
    return forwardLooking ? plus(output, constant(logRewardOf(env, state) - logRewardShift)) : output;
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
  const { objective, delta = 1 } = options;
  if (objective === "vargrad") return logVariance(env, mlp, batch);
  if (objective === "mdb") {
    const residuals = batch.flatMap((actions) => modifiedResiduals(env, mlp, actions, options));
    if (residuals.length === 0) return { value: 0, gradient: new Float64Array(parameterCount(mlp)) };
    const loss = times(1 / residuals.length, total(residuals.map((residual) => huber(residual, delta))));
    if (options.backwardLoss !== "tlm") return loss;
    const likelihood = trajectoryLikelihoodGradient(batch.map((actions) => learnedTrajectory(env, mlp, actions)));
    return { value: loss.value, gradient: added(loss.gradient, likelihood) };
  }
  const trajectories = batch.map((actions) => alongTrajectory(env, mlp, actions, options));
  if (objective === "db") {
    const residuals = trajectories.flatMap((trajectory) => trajectory.steps.map((_, t) => stretch(trajectory, t, t + 1)));
    return times(1 / residuals.length, total(residuals.map(squared)));
  }
  return weighted(options, trajectories.map(squaredStretches));
}

/** The square of a stretch's balance, and its number of transitions. */
interface Square {
  square: Term;
  count: number;
}

function squaredStretches(trajectory: { flows: Term[]; steps: Term[] }): Square[] {
  const length = trajectory.steps.length;
  const pairs = Array.from({ length }, (_, i) => Array.from({ length: length - i }, (_, k) => [i, i + k + 1] as const)).flat();
  return pairs.map(([i, j]) => ({ square: squared(stretch(trajectory, i, j)), count: j - i }));
}

const meanOf = (terms: readonly Term[]): Term => times(1 / terms.length, total(terms));

/** The mean of terms, each with its weight. */
function weightedMean(terms: readonly { term: Term; weight: number }[]): Term {
  return times(1 / sum(terms.map(({ weight }) => weight)), total(terms.map(({ term, weight }) => times(weight, term))));
}

/** The loss of SubTB, from the squares of the stretches of each trajectory. */
function weighted({ lambda = 0.9, weighting = "geometric-within" }: FlowOptions, trajectories: readonly Square[][]): Term {
  const all = trajectories.flat();
  const squares = (own: readonly Square[]) => own.map(({ square }) => square);
  if (weighting === "equal") return meanOf(squares(all));
  if (weighting === "equal-within") return meanOf(trajectories.map((own) => meanOf(squares(own))));
  if (weighting === "geometric-within") {
    return meanOf(trajectories.map((own) => weightedMean(own.map(({ square, count }) => ({ term: square, weight: lambda ** count })))));
  }
  const counts = [...new Set(all.map(({ count }) => count))];
  const ofCount = (count: number) => meanOf(squares(all.filter((each) => each.count === count)));
  return weightedMean(counts.map((count) => ({ term: ofCount(count), weight: lambda ** count })));
}

/**
 * log R(s) + log p_F(s' | s) + log p_F(stop | s') - log R(s') - log p_B(s | s') - log p_F(stop | s) of every transition of a trajectory
 * except its stop.
 */
function modifiedResiduals<S>(
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  actions: readonly number[],
  { learnedBackward = false, backwardLoss }: FlowOptions,
): Term[] {
  const stop = stopOf(env);
  const states = statesAlong(env, [...actions]);
  const logChoice = (state: S, among: boolean[], output: number): Term => {
    const [features, mask] = [env.featuresOf(state), padded(among, mlp.layers.at(-1)!.bias.length)];
    return { value: logProbabilities(mlp, features, mask)[output]!, gradient: scoreGradient(mlp, features, mask, output) };
  };
  const logPolicy = (state: S, action: number) => logChoice(state, env.allowed(state), action);
  return actions.slice(0, -1).map((action, t) => {
    const [from, to] = [states[t]!, states[t + 1]!];
    const learned = total([logPolicy(from, action), logPolicy(to, stop), times(-1, logPolicy(from, stop))]);
    const known = logRewardOf(env, from) - logRewardOf(env, to);
    if (!learnedBackward) return { value: learned.value + known + Math.log(env.parents(to).length), gradient: learned.gradient };
    const origin = logChoice(to, backwardMask(env, to), backwardOffset(env.actions) + action);
    const throughBackward = scaled(backwardLoss === "tlm" ? 0 : -1, origin.gradient);
    return { value: learned.value + known - origin.value, gradient: added(learned.gradient, throughBackward) };
  });
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
