// The environments in jax-js: states are one array [n, K], actions arrive one-hot [n, A] and are all zero once a trajectory
// has ended. Every function consumes what it is given, as jax-js does.
import { nn, numpy as np } from "@jax-js/jax";

const f32 = (array) => array.astype(np.float32);

/** The columns from `start` to `end` of a matrix. */
const columns = (array, start, end) => array.slice([], [start, end]);

function hypergrid({ dimensions, side, r0, r1, r2 }) {
  return {
    width: dimensions,
    features: (state) => nn.oneHot(state.astype(np.int32), side).reshape([-1, dimensions * side]),
    allowed: (state) => np.concatenate([f32(state.ref.less(side - 1)), np.onesLike(columns(state, 0, 1))], -1),
    apply: (state, action) => state.add(columns(action, 0, dimensions)),
    ends: (action) => action.slice([], dimensions),
    /** Uniform over the parents; a stop has one. */
    logBackward: (next, action) => {
      const parents = f32(next.greater(0)).sum(-1);
      const moves = columns(action, 0, dimensions).sum(-1);
      return np.log(np.maximum(parents, 1)).mul(moves).mul(-1);
    },
    logReward: (state) => {
      const distance = np.abs(state.mul(2).sub(side - 1));
      const outer = f32(distance.ref.mul(2).greater(side - 1)).prod(-1);
      const fifth = distance.mul(5);
      const band = f32(fifth.ref.greater(3 * (side - 1)))
        .mul(f32(fifth.less(4 * (side - 1))))
        .prod(-1);
      return np.log(outer.mul(r1).add(band.mul(r2)).add(r0));
    },
  };
}

function sets({ items }, scores) {
  return {
    width: items,
    features: (state) => state,
    allowed: (state) => np.array(1).sub(state),
    apply: (state, action) => state.add(action),
    ends: (action) => np.zerosLike(action.slice([], 0)),
    logBackward: (next, action) => np.log(next.sum(-1)).mul(action.sum(-1)).mul(-1),
    logReward: (state) => np.dot(state, np.array(scores)),
  };
}

function sequences({ symbols, length }, values) {
  const worth = Float32Array.from({ length: length * symbols }, (_, k) => values[k % symbols] * (Math.floor(k / symbols) + 1));
  return {
    width: length * symbols,
    features: (state) => state,
    allowed: (state) => {
      const open = f32(state.sum(-1, { keepdims: true }).less(length));
      const stop = np.onesLike(open.ref);
      return np.concatenate([np.tile(open, [1, symbols]), stop], -1);
    },
    apply: (state, action) => {
      const position = nn.oneHot(state.ref.sum(-1).astype(np.int32), length).reshape([-1, length, 1]);
      const symbol = columns(action, 0, symbols).reshape([-1, 1, symbols]);
      return state.add(position.mul(symbol).reshape([-1, length * symbols]));
    },
    ends: (action) => action.slice([], symbols),
    /** A tree: p_B = 1. */
    logBackward: (next, action) => {
      next.dispose();
      return np.zerosLike(action.slice([], 0));
    },
    logReward: (state) => np.dot(state, np.array(worth)),
  };
}

export const environments = { hypergrid, sets, sequences };
