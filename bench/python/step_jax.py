"""The training step in JAX on the CPU: many steps are one compiled loop, with the rollout in each a scan to the horizon."""

import os

import jax
import jax.numpy as jnp
import numpy as np

from contestant import ALPHA, BETA1, BETA2, EPSILON, NEVER, actions_of, flat, serve, weights_of
from environments import ENVIRONMENTS


def read(layers):
    """The layers' values as PyTorch keeps them, in one list."""
    return flat([(np.asarray(w).T, b) for w, b in layers])


class Step:
    def __init__(self, work, start):
        self.batch, task = work["batch"], start["task"]
        self.actions, self.horizon = task["actions"], task["horizon"]
        environment = ENVIRONMENTS[work["environment"]]
        self.environment = environment(jnp, jax.nn.one_hot, jnp.asarray, work["parameters"], task.get("data"))
        self.loss_and_gradient = jax.value_and_grad(self.trajectory_balance) if work["objective"] == "tb" else self.renyi
        self.start = {"layers": [(jnp.asarray(w.T), jnp.asarray(b)) for w, b in weights_of(start)], "logZ": jnp.float32(start["logZ"])}
        self.state = self.initial(self.start), jax.random.key(0)
        self.train = jax.jit(lambda state, count: jax.lax.fori_loop(0, count, lambda _, state: self.train_step(*state), state), donate_argnums=0)

    def initial(self, parameters):
        """Parameters, Adam's moments, and the number of steps taken."""
        copy = jax.tree.map(jnp.copy, parameters)
        return copy, jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.int32(0)

    def logits(self, layers, state):
        h = self.environment.features(state)
        for w, b in layers[:-1]:
            h = jax.nn.leaky_relu(h @ w + b, 0.01)
        w, b = layers[-1]
        return jnp.where(self.environment.allowed(state), h @ w + b, NEVER)

    def rollout(self, choose, inputs):
        """States and one-hot actions [horizon, batch, ..], log p_B and log R; `choose(state, input)` takes an action at each time."""

        def advance(carry, now):
            state, live = carry
            time, given = now
            action = jax.nn.one_hot(choose(state, given), self.actions) * live[:, None]
            after = self.environment.apply(state, action, time)
            live = live * (1 - self.environment.ends(action))
            return (after, live), (state, action, self.environment.log_backward(after, action))

        first = jnp.zeros((self.batch, self.environment.width)), jnp.ones(self.batch)
        (final, _), (states, taken, log_backward) = jax.lax.scan(advance, first, (jnp.arange(self.horizon), inputs))
        return states, taken, log_backward.sum(0), self.environment.log_reward(final)

    def log_forward(self, layers, states, taken):
        flattened = states.reshape(-1, states.shape[-1])
        log_p = jax.nn.log_softmax(self.logits(layers, flattened)).reshape(taken.shape)
        return (log_p * taken).sum((0, 2))

    def trajectory_balance(self, parameters, states, taken, log_backward, log_reward):
        s = self.log_forward(parameters["layers"], states, taken)
        return jnp.square(s + parameters["logZ"] - log_backward - log_reward).mean()

    def renyi(self, parameters, states, taken, log_backward, log_reward):
        """Loss without log Z, and the paper's estimate of its gradient, from two pull-backs of one forward pass."""
        s, pull_back = jax.vjp(lambda layers: self.log_forward(layers, states, taken), parameters["layers"])
        exponent = (1 - ALPHA) * (log_reward + log_backward - s)
        highest = exponent.max()
        f = jnp.exp(exponent - highest)
        mean = f.mean()
        (u,), (score,) = pull_back(f - mean), pull_back(jnp.ones(self.batch))

        def inner(a, b):
            return sum(jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b)))

        size = inner(score, score) + EPSILON
        along, rest = inner(score, u) / size, mean * EPSILON / size
        scale = 1 / ((ALPHA - 1) * mean)

        def combined(u, score):
            return ((ALPHA - 1) * (u - along * score + rest * score) / self.batch + u / (self.batch - 1)) * scale

        gradient = {"layers": jax.tree.map(combined, u, score), "logZ": jnp.zeros_like(parameters["logZ"])}
        return (jnp.log(mean) + highest) / (ALPHA - 1), gradient

    def adam(self, state, gradient, rate, log_z_rate):
        parameters, first, second, taken = state
        taken += 1
        first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
        second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
        rates = {"layers": jax.tree.map(lambda _: rate, parameters["layers"]), "logZ": log_z_rate}

        def moved(w, m, v, rate):
            return w - rate * (m / (1 - BETA1**taken)) / (jnp.sqrt(v / (1 - BETA2**taken)) + EPSILON)

        return jax.tree.map(moved, parameters, first, second, rates), first, second, taken

    def train_step(self, state, key):
        parameters, *_ = state
        key, own = jax.random.split(key)
        noise = jax.random.gumbel(own, (self.horizon, self.batch, self.actions))
        batch = self.rollout(lambda state, noise: (self.logits(parameters["layers"], state) + noise).argmax(-1), noise)
        _, gradient = self.loss_and_gradient(parameters, *batch)
        return self.adam(state, gradient, 0.0, 0.0), key

    def steps(self, count):
        self.state = jax.block_until_ready(self.train(self.state, count))

    def replay(self, given, rate, log_z_rate):
        """Loss and gradient on given actions, and the weights after a step of Adam from there."""

        @jax.jit
        def replayed(parameters, actions):
            loss, gradient = self.loss_and_gradient(parameters, *self.rollout(lambda _, action: action, actions))
            return loss, gradient, self.adam(self.initial(parameters), gradient, rate, log_z_rate)[0]

        loss, gradient, after = replayed(self.start, actions_of(given, self.batch, self.horizon, self.actions))
        return {
            "loss": float(loss),
            "gradient": read(gradient["layers"]),
            "logZGradient": float(gradient["logZ"]),
            "weights": read(after["layers"]),
            "logZ": float(after["logZ"]),
        }


if __name__ == "__main__":
    serve(Step, ["jax", "jaxlib"], os.cpu_count)
