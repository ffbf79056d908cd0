// The same step in jax-js: every time step of the rollout is one jitted function, and so is the whole of loss, gradient and
// Adam. The library has no loops inside of jit, so that a rollout runs to the horizon whatever has ended before.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, random, tree, valueAndGrad, vjp } from "@jax-js/jax";
import { ALPHA } from "../works.mjs";
import { environments } from "./jax-js/environments.mjs";
import { flat, transpose, untranspose } from "./weights.mjs";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
/** For logits of actions that are not allowed. */
const NEVER = -1e9;

const scalar = (value) => np.array(value, { dtype: np.float32 });

export async function open(work, { task, weights, logZ }, backend) {
  await init();
  defaultDevice(backend);
  const { batch } = work;
  const { actions, horizon } = task;
  const environment = environments[work.environment](work.parameters, task.data);

  const layers = weights.map(transpose);
  let parameters = {
    layers: layers.map(({ weight, bias, inputs, outputs }) => ({ w: np.array(weight).reshape([inputs, outputs]), b: np.array(bias) })),
    logZ: scalar(logZ),
  };
  const zeros = () => tree.map((value) => np.zerosLike(value), tree.ref(parameters));
  let first = zeros();
  let second = zeros();
  let taken = 0;

  function logits({ layers, logZ }, state) {
    logZ.dispose();
    let h = environment.features(state.ref);
    layers.forEach(({ w, b }, l) => {
      h = np.dot(h, w).add(b);
      if (l < layers.length - 1) h = nn.leakyRelu(h, 0.01);
    });
    return h.add(np.array(1).sub(environment.allowed(state)).mul(NEVER));
  }

  /** Takes one action of every live trajectory: [next state, live, one-hot action, log p_B]. */
  function advance(state, live, chosen) {
    const action = nn.oneHot(chosen, actions).mul(live.ref.reshape([-1, 1]));
    const next = environment.apply(state, action.ref);
    const logBackward = environment.logBackward(next.ref, action.ref);
    return [next, live.mul(np.array(1).sub(environment.ends(action.ref))), action, logBackward];
  }

  const sample = jit((parameters, state, live, key) => {
    const chosen = random.categorical(key, logits(parameters, state.ref)).astype(np.int32);
    return advance(state, live, chosen);
  });
  const replay = jit(advance);

  /** log p_F of every trajectory, from states [T·B, K] and one-hot actions [T·B, A]. */
  const logForward = (parameters, states, taken) =>
    nn.logSoftmax(logits(parameters, states)).mul(taken).sum(-1).reshape([horizon, batch]).sum(0);

  const balance = (parameters, states, taken, logBackward, logReward) => {
    const logZ = parameters.logZ.ref;
    return np.square(logForward(parameters, states, taken).add(logZ).sub(logBackward).sub(logReward)).mean();
  };

  /** Loss and gradient of trajectory balance. */
  const trajectoryBalance = (...inputs) => valueAndGrad(balance)(...inputs);

  /** Loss of Rényi's divergence without log Z, and the paper's estimate of its gradient, from two pull-backs of one forward pass. */
  const renyi = (parameters, states, taken, logBackward, logReward) => {
    const [s, pullBack] = vjp((own) => logForward(own, states.ref, taken.ref), [parameters]);
    const exponent = logReward
      .add(logBackward)
      .sub(s)
      .mul(1 - ALPHA);
    const highest = np.max(exponent.ref);
    const f = np.exp(exponent.sub(highest.ref));
    const mean = f.ref.mean();
    const [u] = pullBack(f.sub(mean.ref));
    const [score] = pullBack(np.ones([batch]));
    pullBack.dispose();
    states.dispose();
    taken.dispose();
    const inner = (a, b) =>
      tree.leaves(tree.map((x, y) => x.mul(y).sum(), tree.ref(a), tree.ref(b))).reduce((sum, value) => sum.add(value));
    const size = inner(score, score).add(EPSILON);
    const along = inner(score, u).div(size.ref);
    const rest = mean.ref.mul((ALPHA - 1) * EPSILON).div(size);
    const scale = np.array(1 / (ALPHA - 1)).div(mean.ref);
    const gradient = tree.map(
      (u, s) => {
        const termA = u.ref
          .sub(s.ref.mul(along.ref))
          .mul(ALPHA - 1)
          .add(s.mul(rest.ref));
        return termA
          .div(batch)
          .add(u.div(batch - 1))
          .mul(scale.ref);
      },
      u,
      score,
    );
    for (const value of [along, rest, scale]) value.dispose();
    return [
      np
        .log(mean)
        .add(highest)
        .div(ALPHA - 1),
      gradient,
    ];
  };

  const lossAndGradient = work.objective === "tb" ? trajectoryBalance : renyi;
  /** `rates`: [weights' rate, log Z's rate, 1 − β₁ᵗ, 1 − β₂ᵗ]. */
  const update = jit((parameters, first, second, rates, ...batchOf) => {
    const [loss, gradient] = lossAndGradient(tree.ref(parameters), ...batchOf);
    first = tree.map((m, g) => m.mul(BETA1).add(g.mul(1 - BETA1)), first, tree.ref(gradient));
    second = tree.map((v, g) => v.mul(BETA2).add(np.square(g).mul(1 - BETA2)), second, tree.ref(gradient));
    const [rate, logZRate, correction1, correction2] = [0, 1, 2, 3].map((i) => rates.ref.slice(i));
    rates.dispose();
    const move = (rate) => (w, m, v) =>
      w.sub(
        m
          .div(correction1.ref)
          .mul(rate.ref)
          .div(np.sqrt(v.div(correction2.ref)).add(EPSILON)),
      );
    const own = tree.ref([parameters, first, second]).map(({ layers, logZ }) => {
      logZ.dispose();
      return layers;
    });
    const moved = {
      layers: tree.map(move(rate), ...own),
      logZ: move(logZRate)(parameters.logZ, first.logZ.ref, second.logZ.ref),
    };
    tree.dispose(parameters.layers);
    for (const value of [rate, logZRate, correction1, correction2]) value.dispose();
    return [loss, moved, first, second, gradient];
  });
  const logReward = jit(environment.logReward);

  /** A rollout whose actions `choose` takes; [states, actions, log p_B, log R], time steps one after another. */
  function rollout(choose) {
    let state = np.zeros([batch, environment.width]);
    let live = np.ones([batch]);
    const states = [];
    const taken = [];
    let logBackward = np.zeros([batch]);
    for (let time = 0; time < horizon; time++) {
      states.push(state.ref);
      const [next, stillLive, action, b] = choose(state, live, time);
      state = next;
      live = stillLive;
      taken.push(action);
      logBackward = logBackward.add(b);
    }
    live.dispose();
    return [np.concatenate(states, 0), np.concatenate(taken, 0), logBackward, logReward(state)];
  }

  function takeStep(choose, rate, logZRate) {
    taken += 1;
    const rates = np.array(Float32Array.of(rate, logZRate, 1 - BETA1 ** taken, 1 - BETA2 ** taken));
    const [loss, ...rest] = update(parameters, first, second, rates, ...rollout(choose));
    let gradient;
    [parameters, first, second, gradient] = rest;
    return [loss, gradient];
  }

  async function oneStep() {
    const keys = random.split(random.key(taken), horizon);
    const [loss, gradient] = takeStep((state, live, time) => sample(tree.ref(parameters), state, live, keys.ref.slice(time)), 0, 0);
    keys.dispose();
    tree.dispose(gradient);
    // Without this wait pending work piles up, and steps take ten times as long.
    await blockUntilReady([loss]);
    loss.dispose();
  }

  await oneStep();

  const vector = async (layers) => {
    const read = [];
    for (const { w, b } of layers) read.push(untranspose(await w.ref.data(), await b.ref.data()));
    return flat(read);
  };

  return {
    /** Loss and gradient on given actions, and the weights after a step of Adam from there. */
    async replay(given, rate, logZRate) {
      tree.dispose([first, second]);
      first = zeros();
      second = zeros();
      taken = 0;
      const before = tree.ref(parameters);
      const column = (time) => Int32Array.from({ length: batch }, (_, n) => given[n * horizon + time]);
      const choose = (state, live, time) => replay(state, live, np.array(column(time)));
      const [loss, gradient] = takeStep(choose, rate, logZRate);
      const result = {
        loss: (await loss.data())[0],
        gradient: await vector(gradient.layers),
        logZGradient: (await gradient.logZ.ref.data())[0],
        weights: await vector(parameters.layers),
        logZ: (await parameters.logZ.ref.data())[0],
      };
      tree.dispose([gradient, parameters]);
      parameters = before;
      return result;
    },
    async steps(count) {
      for (let step = 0; step < count; step++) await oneStep();
    },
  };
}
