// The environments in TensorFlow.js: states are one tensor [n, K], actions arrive one-hot [n, A] and are all zero once a
// trajectory has ended.
import * as tf from "@tensorflow/tfjs";

const f32 = (tensor) => tf.cast(tensor, "float32");

/** The columns from `start` on of a matrix. */
const columns = (tensor, start, count) => tf.slice(tensor, [0, start], [tensor.shape[0], count]);

function hypergrid({ dimensions, side, r0, r1, r2 }) {
  return {
    width: dimensions,
    features: (state) => tf.reshape(tf.oneHot(tf.cast(state, "int32"), side), [-1, dimensions * side]),
    allowed: (state) => tf.concat([f32(tf.less(state, side - 1)), tf.ones([state.shape[0], 1])], 1),
    apply: (state, action) => tf.add(state, columns(action, 0, dimensions)),
    ends: (action) => tf.squeeze(columns(action, dimensions, 1), [1]),
    /** Uniform over the parents; a stop has one. */
    logBackward: (next, action) => {
      const parents = tf.sum(f32(tf.greater(next, 0)), 1);
      const moves = tf.sum(columns(action, 0, dimensions), 1);
      return tf.neg(tf.mul(tf.log(tf.maximum(parents, 1)), moves));
    },
    logReward: (state) => {
      const distance = tf.abs(tf.sub(tf.mul(state, 2), side - 1));
      const outer = tf.prod(f32(tf.greater(tf.mul(distance, 2), side - 1)), 1);
      const fifth = tf.mul(distance, 5);
      const band = tf.prod(f32(tf.logicalAnd(tf.greater(fifth, 3 * (side - 1)), tf.less(fifth, 4 * (side - 1)))), 1);
      return tf.log(tf.add(tf.add(tf.mul(outer, r1), tf.mul(band, r2)), r0));
    },
  };
}

function sets({ items }, scores) {
  return {
    width: items,
    features: (state) => state,
    allowed: (state) => tf.sub(1, state),
    apply: (state, action) => tf.add(state, action),
    ends: (action) => tf.zeros([action.shape[0]]),
    logBackward: (next, action) => tf.neg(tf.mul(tf.log(tf.sum(next, 1)), tf.sum(action, 1))),
    logReward: (state) => tf.squeeze(tf.matMul(state, tf.tensor2d(scores, [items, 1])), [1]),
  };
}

function sequences({ symbols, length }, values) {
  const worth = Float32Array.from({ length: length * symbols }, (_, k) => values[k % symbols] * (Math.floor(k / symbols) + 1));
  return {
    width: length * symbols,
    features: (state) => state,
    allowed: (state) => {
      const open = f32(tf.less(tf.sum(state, 1, true), length));
      return tf.concat([tf.tile(open, [1, symbols]), tf.ones([state.shape[0], 1])], 1);
    },
    apply: (state, action) => {
      const position = tf.reshape(tf.oneHot(tf.cast(tf.sum(state, 1), "int32"), length), [-1, length, 1]);
      const symbol = tf.reshape(columns(action, 0, symbols), [-1, 1, symbols]);
      return tf.add(state, tf.reshape(tf.mul(position, symbol), [-1, length * symbols]));
    },
    ends: (action) => tf.squeeze(columns(action, symbols, 1), [1]),
    /** A tree: p_B = 1. */
    logBackward: (next) => tf.zeros([next.shape[0]]),
    logReward: (state) => tf.squeeze(tf.matMul(state, tf.tensor2d(worth, [worth.length, 1])), [1]),
  };
}

export const environments = { hypergrid, sets, sequences };
