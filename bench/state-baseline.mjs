// How much a baseline that depends on the state could lower the variance of reverse KL's gradient, as JSON lines:
// `node bench/state-baseline.mjs`. This is the gradient that evaluation balance (Sub-EB) takes with a learned value V(s).
//
// V here is exact, by dynamic programming, so that the numbers are the most that a learned one could reach. Of the gradient
// E[Σ_t ∇log p_F(a_t | s_t) A_t] it compares
//
// - batch:   A = d − E[d] of the whole trajectory, the baseline of this project's estimators,
// - state:   A = (log p_F − log p_B − log R from t on) − V(s_t), unbiased with any V,
// - advance: A = log p_F − log p_B of this transition + V(s_{t+1}) − V(s_t), unbiased only with the exact V: with a learned one it is
//            the residual of detailed balance.
import { DenseNetwork, stateGraph } from "@webgfn/trainer/internal";
import { hypergrid, mlp, openDevice, renyi, sequences, sets, Trainer } from "webgfn";

const TRAJECTORIES = 2000;
const TASKS = {
  hypergrid: hypergrid({ side: 8, r0: 0.01 }),
  sets: sets({ items: 10, size: 5 }),
  sequences: sequences({ symbols: 4, length: 4 }),
};
const STEPS = 1000;

/** A generator of uniform numbers (mulberry32). */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** log p_F of the actions of a state. */
function logProbabilities(logits, actions) {
  const highest = Math.max(...actions.map((action) => logits[action]));
  const total = actions.reduce((sum, action) => sum + Math.exp(logits[action] - highest), 0);
  return actions.map((action) => logits[action] - highest - Math.log(total));
}

/** The trace of the covariance of one trajectory's gradient, by each baseline. */
function traces(graph, network, weights) {
  const model = new DenseNetwork(network, weights);
  const activations = graph.map(({ features }) => model.activations(features));
  const logPolicy = graph.map(({ actions }, u) => logProbabilities(activations[u].at(-1), actions));
  // The cost of a transition to v: log p_F − log p_B, with the uniform p_B.
  const cost = (u, i, v) => logPolicy[u][i] + Math.log(graph[v].parents);
  const value = new Float64Array(graph.length);
  for (let u = graph.length - 1; u >= 0; u--) {
    const { logReward, children } = graph[u];
    value[u] =
      logReward === undefined
        ? children.reduce((sum, v, i) => sum + Math.exp(logPolicy[u][i]) * (cost(u, i, v) + value[v]), 0)
        : -logReward;
  }
  const baselines = {
    batch: ({ whole }) => whole - value[0],
    state: ({ ahead, u }) => ahead - value[u],
    advance: ({ own, u, v }) => own + value[v] - value[u],
  };
  const random = uniform(1);
  const sums = Object.values(baselines).map(() => ({ mean: new Float64Array(4 * network.parameters4), squares: 0 }));
  for (let n = 0; n < TRAJECTORIES; n++) {
    const steps = sampleTrajectory(graph, logPolicy, cost, random);
    Object.values(baselines).forEach((advantage, k) => {
      const gradient = new Float64Array(4 * network.parameters4);
      for (const step of steps) {
        const { u, i } = step;
        const a = advantage(step);
        const delta = new Float64Array(activations[u].at(-1).length);
        graph[u].actions.forEach((action, j) => {
          delta[action] = a * ((i === j ? 1 : 0) - Math.exp(logPolicy[u][j]));
        });
        model.addGradient(gradient, activations[u], delta);
      }
      for (const [p, x] of gradient.entries()) {
        sums[k].mean[p] += x / TRAJECTORIES;
        sums[k].squares += (x * x) / TRAJECTORIES;
      }
    });
  }
  const trace = ({ mean, squares }) => squares - mean.reduce((sum, x) => sum + x * x, 0);
  return Object.fromEntries(Object.keys(baselines).map((name, k) => [name, trace(sums[k])]));
}

/** The transitions of a trajectory: from u by action i to v, with its own cost, the cost from there on, and that of the whole. */
function sampleTrajectory(graph, logPolicy, cost, random) {
  const steps = [];
  let u = 0;
  while (graph[u].logReward === undefined) {
    let rest = random();
    let i = 0;
    for (; i + 1 < logPolicy[u].length; i++) {
      rest -= Math.exp(logPolicy[u][i]);
      if (rest <= 0) break;
    }
    const v = graph[u].children[i];
    steps.push({ u, i, v, own: cost(u, i, v) });
    u = v;
  }
  let ahead = -graph[u].logReward;
  for (const step of steps.toReversed()) {
    ahead += step.own;
    step.ahead = ahead;
  }
  for (const step of steps) step.whole = ahead;
  return steps;
}

const device = await openDevice();
for (const [task, environment] of Object.entries(TASKS)) {
  const graph = await stateGraph(device, environment);
  const options = { environment, policy: mlp({ hidden: [32, 32] }), objective: renyi(), estimator: "balance", learningRate: 3e-3 };
  const trainer = await Trainer.create(device, { ...options, steps: STEPS });
  for (const step of [0, 30, 200, STEPS]) {
    await trainer.train(step - trainer.step);
    const [weights] = await trainer.weights();
    const trace = traces(graph, trainer.network, weights);
    const reduction = { state: trace.batch / trace.state, advance: trace.batch / trace.advance };
    console.log(JSON.stringify({ task, step, trace, reduction }));
  }
  trainer.dispose();
}
device.dispose();
