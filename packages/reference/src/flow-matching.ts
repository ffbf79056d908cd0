/**
 * Flow matching (Bengio et al. 2021; method.md section 2, balance losses): the network's outputs at a state are the log flows along the edges
 * that leave it, and at every visited state the flow in must be the flow out, or the reward.
 */
import { allowedActions, type ReferenceEnvironment, statesAlong } from "./environment.js";
import { logits, type Mlp, parameterCount, parameterGradient } from "./mlp.js";
import { added, logSumExp, mean, scaled, vectorMean } from "./vectors.js";

/** g of a balance loss, and its derivative. */
export interface Regression {
  loss(d: number): number;
  slope(d: number): number;
}

const SQUARE: Regression = { loss: (d) => d * d, slope: (d) => 2 * d };

/** An edge of the state graph, and log of the flow along it. */
interface Edge<S> {
  from: S;
  action: number;
  logFlow: number;
}

function edge<S>(env: ReferenceEnvironment<S>, mlp: Mlp, from: S, action: number): Edge<S> {
  return { from, action, logFlow: logits(mlp, env.featuresOf(from))[action]! };
}

/** The edges into a state, and the edges out of it; a terminal state has no edges out. */
function edgesAt<S>(env: ReferenceEnvironment<S>, mlp: Mlp, state: S): { into: Edge<S>[]; out: Edge<S>[] } {
  return {
    into: env.parents(state).map(({ state: parent, action }) => edge(env, mlp, parent, action)),
    out: allowedActions(env, state).map((action) => edge(env, mlp, state, action)),
  };
}

/** The gradient of log of the sum of the flows along edges: each edge's share of the sum, at the edge's output. */
function logSumGradient<S>(env: ReferenceEnvironment<S>, mlp: Mlp, edges: readonly Edge<S>[], sign: 1 | -1): Float64Array {
  const total = logSumExp(edges.map(({ logFlow }) => logFlow));
  return edges
    .map(({ from, action, logFlow }) => {
      const share = sign * Math.exp(logFlow - total);
      return parameterGradient(
        mlp,
        env.featuresOf(from),
        Array.from({ length: env.actions }, (_, output) => (output === action ? share : 0)),
      );
    })
    .reduce(added, new Float64Array(parameterCount(mlp)));
}

/**
 * The mean of g(log flow in - log flow out) over the states that the trajectories visit, other than the initial one, with its gradient. The
 * flow out of a terminal state x is R(x) / r-bar.
 */
export function flowMatchingLoss<S>(
  { logRewardShift, regression = SQUARE }: { logRewardShift: number; regression?: Regression },
  env: ReferenceEnvironment<S>,
  mlp: Mlp,
  batch: readonly (readonly number[])[],
): { value: number; gradient: Float64Array } {
  const visited = batch.flatMap((actions) => statesAlong(env, [...actions]).slice(1));
  const terms = visited.map((state) => {
    const { into, out } = edgesAt(env, mlp, state);
    const logIn = logSumExp(into.map(({ logFlow }) => logFlow));
    const logOut = env.isTerminal(state) ? env.logReward(state) - logRewardShift : logSumExp(out.map(({ logFlow }) => logFlow));
    const ofResidual = added(logSumGradient(env, mlp, into, 1), logSumGradient(env, mlp, out, -1));
    return { loss: regression.loss(logIn - logOut), gradient: scaled(regression.slope(logIn - logOut), ofResidual) };
  });
  return { value: mean(terms.map(({ loss }) => loss)), gradient: vectorMean(terms.map(({ gradient }) => gradient)) };
}
