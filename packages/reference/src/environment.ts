/**
 * The reference's environments, and functions of states and trajectories that follow from them. A trajectory is the list of its actions from
 * the initial state to a terminal one (a stop action included).
 */
import { logProbabilities, type Mlp, parameterCount, scoreGradient } from "./mlp.js";
import { added, sum } from "./vectors.js";

export interface ReferenceEnvironment<S> {
  name: string;
  /** Number of actions, the same in every state; `allowed` masks them. */
  actions: number;
  /** The stop action, if every state may stop, so that every state is an object. */
  stop?: number;
  /** Length of `featuresOf`. */
  features: number;
  /** The most actions a trajectory can have. */
  horizon: number;
  initial(): S;
  isTerminal(state: S): boolean;
  /** One flag for each action; all false in a terminal state. */
  allowed(state: S): boolean[];
  /** The next state; does not change `state`. */
  apply(state: S, action: number): S;
  /** Every (state, action) that leads here in one step; empty for the initial state. */
  parents(state: S): { state: S; action: number }[];
  featuresOf(state: S): number[];
  /** log R(x), for terminal states only. */
  logReward(state: S): number;
  /** A text that is different for different states. */
  key(state: S): string;
}

export function allowedActions<S>(env: ReferenceEnvironment<S>, state: S): number[] {
  return env.allowed(state).flatMap((ok, action) => (ok ? [action] : []));
}

/** Every reachable state, each after all of its parents (the topological order of the graph). */
export function allStates<S>(env: ReferenceEnvironment<S>): S[] {
  // A state is listed after all of its descendants; the reverse of that list is topological.
  const childrenFirst: S[] = [];
  const seen = new Set<string>();
  const visit = (state: S): void => {
    if (seen.has(env.key(state))) return;
    seen.add(env.key(state));
    for (const action of allowedActions(env, state)) visit(env.apply(state, action));
    childrenFirst.push(state);
  };
  visit(env.initial());
  return childrenFirst.reverse();
}

export function terminalStates<S>(env: ReferenceEnvironment<S>): S[] {
  return allStates(env).filter((state) => env.isTerminal(state));
}

/** Every complete trajectory. Their number grows like a factorial: tiny environments only. */
export function allTrajectories<S>(env: ReferenceEnvironment<S>): number[][] {
  const from = (state: S): number[][] => {
    if (env.isTerminal(state)) return [[]];
    return allowedActions(env, state).flatMap((action) => from(env.apply(state, action)).map((rest) => [action, ...rest]));
  };
  return from(env.initial());
}

/** The states s0, s1, ..., sn that the actions pass through: one more than there are actions. */
export function statesAlong<S>(env: ReferenceEnvironment<S>, actions: number[]): S[] {
  const states = [env.initial()];
  for (const action of actions) {
    const state = states.at(-1)!;
    if (!env.allowed(state)[action]) throw new Error(`Action ${action} is not allowed in ${env.key(state)}.`);
    states.push(env.apply(state, action));
  }
  return states;
}

export function terminalState<S>(env: ReferenceEnvironment<S>, actions: number[]): S {
  const last = statesAlong(env, actions).at(-1)!;
  if (!env.isTerminal(last)) throw new Error(`The trajectory ends in ${env.key(last)}, which is not terminal.`);
  return last;
}

/** s = log p_F(tau) (method.md section 1). */
export function logForward<S>(env: ReferenceEnvironment<S>, mlp: Mlp, actions: number[]): number {
  const states = statesAlong(env, actions);
  return sum(
    actions.map((action, step) => {
      const state = states[step]!;
      return logProbabilities(mlp, env.featuresOf(state), env.allowed(state))[action]!;
    }),
  );
}

/** b = log p_B(tau | x), uniform over the parents of each state reached (method.md section 1). */
export function logBackward<S>(env: ReferenceEnvironment<S>, actions: number[]): number {
  const reached = statesAlong(env, actions).slice(1);
  return sum(reached.map((state) => -Math.log(env.parents(state).length)));
}

/** grad s: the gradient of log p_F(tau), the sum of the scores of its steps; in the order of `flatten`. */
export function trajectoryScore<S>(env: ReferenceEnvironment<S>, mlp: Mlp, actions: number[]): Float64Array {
  const states = statesAlong(env, actions);
  let score: Float64Array = new Float64Array(parameterCount(mlp));
  actions.forEach((action, step) => {
    const state = states[step]!;
    score = added(score, scoreGradient(mlp, env.featuresOf(state), env.allowed(state), action));
  });
  return score;
}

/** One trajectory tau ~ p_F, each action by inversion of its cumulative probabilities. */
export function sampleActions<S>(env: ReferenceEnvironment<S>, mlp: Mlp, random: () => number): number[] {
  const actions: number[] = [];
  let state = env.initial();
  while (!env.isTerminal(state)) {
    const choices = allowedActions(env, state);
    const logProbability = logProbabilities(mlp, env.featuresOf(state), env.allowed(state));
    const target = random();
    let cumulative = 0;
    let chosen = choices.at(-1)!; // the default if rounding leaves a remainder
    for (const action of choices) {
      cumulative += Math.exp(logProbability[action]!);
      if (target < cumulative) {
        chosen = action;
        break;
      }
    }
    actions.push(chosen);
    state = env.apply(state, chosen);
  }
  return actions;
}
