"""The environments for arrays of PyTorch and of JAX, whose functions have the same names. States are floats [.., K]; actions are
one-hot [.., A], and all zero once a trajectory has ended. `xp` is torch or jax.numpy."""

import numpy as np


class Hypergrid:
    def __init__(self, xp, one_hot, array, parameters, data):
        self.xp, self.one_hot, self.parameters = xp, one_hot, parameters
        self.dimensions, self.side = parameters["dimensions"], parameters["side"]
        self.width = self.dimensions

    def features(self, state):
        return self.one_hot(state, self.side).reshape(*state.shape[:-1], -1)

    def allowed(self, state):
        moves = state < self.side - 1
        return self.xp.concatenate([moves, self.xp.ones_like(moves[..., :1])], -1)

    def apply(self, state, action, time):
        return state + action[..., : self.dimensions]

    def ends(self, action):
        return action[..., self.dimensions]

    def log_backward(self, after, action):
        """Uniform over the parents; a stop has one."""
        parents = self.xp.where(after > 0, 1.0, 0.0).sum(-1)
        return -self.xp.log(self.xp.clip(parents, 1.0, None)) * action[..., : self.dimensions].sum(-1)

    def log_reward(self, state):
        top = self.side - 1
        distance = self.xp.abs(2 * state - top)
        outer = self.xp.where(2 * distance > top, 1.0, 0.0).prod(-1)
        band = self.xp.where((5 * distance > 3 * top) & (5 * distance < 4 * top), 1.0, 0.0).prod(-1)
        r0, r1, r2 = (self.parameters[name] for name in ("r0", "r1", "r2"))
        return self.xp.log(r0 + r1 * outer + r2 * band)


class Sets:
    def __init__(self, xp, one_hot, array, parameters, scores):
        self.xp, self.scores = xp, array(np.asarray(scores, np.float32))
        self.width = parameters["items"]

    def features(self, state):
        return state

    def allowed(self, state):
        return state == 0

    def apply(self, state, action, time):
        return state + action

    def ends(self, action):
        return self.xp.zeros_like(action[..., 0])

    def log_backward(self, after, action):
        return -self.xp.log(after.sum(-1)) * action.sum(-1)

    def log_reward(self, state):
        return state @ self.scores


class Sequences:
    def __init__(self, xp, one_hot, array, parameters, values):
        self.xp, self.one_hot = xp, one_hot
        self.symbols, self.length = parameters["symbols"], parameters["length"]
        self.width = self.symbols * self.length
        places = np.arange(1, self.length + 1, dtype=np.float32)
        self.worth = array(np.outer(places, np.asarray(values, np.float32)).ravel().astype(np.float32))

    def features(self, state):
        return state

    def allowed(self, state):
        is_open = state.sum(-1)[..., None] < self.length
        return self.xp.concatenate([self.xp.tile(is_open, (1,) * (state.ndim - 1) + (self.symbols,)), self.xp.ones_like(is_open)], -1)

    def apply(self, state, action, time):
        """A trajectory that goes on at `time` has as many symbols."""
        place = self.one_hot(time, self.length)[:, None]
        return state + (place * action[..., None, : self.symbols]).reshape(state.shape)

    def ends(self, action):
        return action[..., self.symbols]

    def log_backward(self, after, action):
        """A tree: p_B = 1."""
        return self.xp.zeros_like(action[..., 0])

    def log_reward(self, state):
        return state @ self.worth


ENVIRONMENTS = {"hypergrid": Hypergrid, "sets": Sets, "sequences": Sequences}
