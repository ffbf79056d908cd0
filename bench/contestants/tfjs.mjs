// The same step in TensorFlow.js. A rollout runs to the horizon whatever has ended before: asking the device whether all
// have ended would cost a round trip per time step.
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { ALPHA } from "../works.mjs";
import { environments } from "./tfjs/environments.mjs";
import { flat, transpose, untranspose } from "./weights.mjs";

const EPSILON = 1e-8;
/** For logits of actions that are not allowed. */
const NEVER = -1e9;
/** Steps between waits for the device: too many bind groups in flight crash software drivers. */
const WAIT_EVERY = 4;

export async function open(work, { task, weights, logZ }, backend) {
  const binary = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm");
  setWasmPaths(`${dirname(binary)}/`);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend} here`);
  await tf.ready();
  const { batch } = work;
  const { actions, horizon } = task;
  const environment = environments[work.environment](work.parameters, task.data);

  const layers = weights.map(transpose).map(({ weight, bias, inputs, outputs }, l) => ({
    w: tf.variable(tf.tensor2d(weight, [inputs, outputs]), true, `w${l}`),
    b: tf.variable(tf.tensor1d(bias), true, `b${l}`),
  }));
  const logZVariable = tf.variable(tf.scalar(logZ), true, "logZ");
  const variables = layers.flatMap(({ w, b }) => [w, b]);
  const optimiser = tf.train.adam(0, 0.9, 0.999, EPSILON);
  const logZOptimiser = tf.train.adam(0, 0.9, 0.999, EPSILON);

  function logits(state) {
    let h = environment.features(state);
    layers.forEach(({ w, b }, l) => {
      h = tf.add(tf.matMul(h, w), b);
      if (l < layers.length - 1) h = tf.leakyRelu(h, 0.01);
    });
    return tf.add(h, tf.mul(tf.sub(1, environment.allowed(state)), NEVER));
  }

  /** Gumbel's trick. */
  function sample(state) {
    const noise = tf.neg(tf.log(tf.neg(tf.log(tf.randomUniform([batch, actions], 1e-20, 1)))));
    return tf.argMax(tf.add(logits(state), noise), 1);
  }

  /** A rollout whose actions `choose` takes: states [T·B, K], one-hot actions [T·B, A], log p_B and log R. */
  function rollout(choose) {
    let state = tf.zeros([batch, environment.width]);
    let live = tf.ones([batch]);
    const states = [];
    const taken = [];
    const backward = [];
    for (let time = 0; time < horizon; time++) {
      const action = tf.mul(tf.oneHot(choose(state, time), actions), tf.expandDims(live, 1));
      states.push(state);
      taken.push(action);
      state = environment.apply(state, action);
      backward.push(environment.logBackward(state, action));
      live = tf.mul(live, tf.sub(1, environment.ends(action)));
    }
    return {
      states: tf.concat(states, 0),
      taken: tf.concat(taken, 0),
      logBackward: tf.sum(tf.stack(backward), 0),
      logReward: environment.logReward(state),
    };
  }

  const logForward = ({ states, taken }) =>
    tf.sum(tf.reshape(tf.sum(tf.mul(tf.logSoftmax(logits(states)), taken), 1), [horizon, batch]), 0);

  function trajectoryBalance(trajectories) {
    const { value, grads } = tf.variableGrads(() => {
      const error = tf.sub(tf.sub(tf.add(logForward(trajectories), logZVariable), trajectories.logBackward), trajectories.logReward);
      return tf.mean(tf.square(error));
    });
    return { loss: value, gradient: grads };
  }

  /**
   * Loss of Rényi's divergence without log Z, and the paper's estimate of its gradient. A tape gives one gradient only: the
   * second channel takes a second pass.
   */
  function renyi(trajectories) {
    const s = logForward(trajectories);
    const exponent = tf.mul(tf.sub(tf.add(trajectories.logReward, trajectories.logBackward), s), 1 - ALPHA);
    const highest = tf.max(exponent);
    const f = tf.exp(tf.sub(exponent, highest));
    const mean = tf.mean(f);
    const { grads: u } = tf.variableGrads(() => tf.sum(tf.mul(tf.sub(f, mean), logForward(trajectories))), variables);
    const { grads: score } = tf.variableGrads(() => tf.sum(logForward(trajectories)), variables);
    const names = Object.keys(u);
    const inner = (a, b) => tf.addN(names.map((name) => tf.sum(tf.mul(a[name], b[name]))));
    const size = tf.add(inner(score, score), EPSILON);
    const along = tf.div(inner(score, u), size);
    const rest = tf.div(tf.mul(mean, (ALPHA - 1) * EPSILON), size);
    const scale = tf.div(1 / (ALPHA - 1), mean);
    const gradient = {};
    for (const name of names) {
      const termA = tf.add(tf.mul(tf.sub(u[name], tf.mul(score[name], along)), ALPHA - 1), tf.mul(score[name], rest));
      gradient[name] = tf.mul(tf.add(tf.div(termA, batch), tf.div(u[name], batch - 1)), scale);
    }
    return { loss: tf.div(tf.add(tf.log(mean), highest), ALPHA - 1), gradient };
  }

  const lossAndGradient = work.objective === "tb" ? trajectoryBalance : renyi;

  function apply(gradient) {
    const { logZ: own, ...others } = gradient;
    optimiser.applyGradients(others);
    if (own !== undefined) logZOptimiser.applyGradients({ logZ: own });
  }

  function oneStep() {
    return tf.tidy(() => {
      const { loss, gradient } = lossAndGradient(rollout(sample));
      apply(gradient);
      return loss;
    });
  }

  async function wait(loss) {
    await loss.data();
    loss.dispose();
  }

  await wait(oneStep());

  const vector = async (tensors) => {
    const read = [];
    for (let l = 0; l < layers.length; l++) read.push(untranspose(await tensors[`w${l}`].data(), await tensors[`b${l}`].data()));
    return flat(read);
  };

  return {
    /** Loss and gradient on given actions, and the weights after a step of Adam from there. */
    async replay(given, rate, logZRate) {
      const before = [...variables, logZVariable].map((variable) => variable.clone());
      const column = (time) => Int32Array.from({ length: batch }, (_, n) => given[n * horizon + time]);
      const { loss, gradient } = tf.tidy(() => lossAndGradient(rollout((_, time) => tf.tensor1d(column(time), "int32"))));
      const fresh = [tf.train.adam(rate, 0.9, 0.999, EPSILON), tf.train.adam(logZRate, 0.9, 0.999, EPSILON)];
      tf.tidy(() => {
        const { logZ: own, ...others } = gradient;
        fresh[0].applyGradients(others);
        if (own !== undefined) fresh[1].applyGradients({ logZ: own });
      });
      const named = Object.fromEntries(variables.map((variable) => [variable.name, variable]));
      const result = {
        loss: (await loss.data())[0],
        gradient: await vector(gradient),
        logZGradient: gradient.logZ === undefined ? 0 : (await gradient.logZ.data())[0],
        weights: await vector(named),
        logZ: (await logZVariable.data())[0],
      };
      [...variables, logZVariable].forEach((variable, i) => {
        variable.assign(before[i]);
      });
      tf.dispose([loss, gradient, before]);
      for (const each of fresh) each.dispose();
      return result;
    },
    async steps(count) {
      for (let step = 1; step <= count; step++) {
        const loss = oneStep();
        if (step % WAIT_EVERY === 0 || step === count) await wait(loss);
        else loss.dispose();
      }
    },
  };
}
