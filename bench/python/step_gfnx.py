"""The training step of gfnx on its own hypergrid, as its baseline of trajectory balance takes it."""

import os

import equinox as eqx
import gfnx
import jax
import jax.numpy as jnp
import numpy as np

from balance_gfnx import TrajectoryBalance
from contestant import actions_of, flat, serve, weights_of


def layers_of(network):
    return flat([(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in network.layers])


class Step:
    def __init__(self, work, start):
        self.batch, self.task = work["batch"], start["task"]
        grid, hidden = work["parameters"], work["hidden"]
        reward = gfnx.GeneralHypergridRewardModule(R0=grid["r0"], R1=grid["r1"], R2=grid["r2"])
        self.environment = gfnx.HypergridEnvironment(reward, dim=grid["dimensions"], side=grid["side"])
        self.grid = self.environment.init(jax.random.PRNGKey(0))
        width, actions = self.environment.observation_space.shape[0], self.environment.action_space.n
        network = eqx.nn.MLP(width, actions, hidden[0], len(hidden), activation=jax.nn.leaky_relu, key=jax.random.PRNGKey(0))
        for i, (weight, bias) in enumerate(weights_of(start)):
            values = jnp.asarray(weight), jnp.asarray(bias)
            network = eqx.tree_at(lambda tree: (tree.layers[i].weight, tree.layers[i].bias), network, values)
        self.network, self.log_z = network, start["logZ"]
        self.timed = self.training(0.0, 0.0)
        self.state = self.timed.begin(self.timed.first, seed=0)

    def training(self, rate, log_z_rate):
        return TrajectoryBalance(self.environment, self.grid, self.network, self.batch, self.log_z, rate, log_z_rate)

    def steps(self, count):
        self.state = jax.block_until_ready(self.timed.train(count, self.state))

    def trajectories(self, given):
        """The given actions as gfnx's trajectories, which are longer than the horizon."""
        first = self.environment.reset(self.batch, self.grid)
        more = self.environment.max_steps_in_episode + 1 - len(given)
        actions = jnp.pad(jnp.asarray(given, jnp.int32), ((0, more), (0, 0)), constant_values=self.environment.stop_action)

        def advance(carry, action):
            observed, state = carry
            observed_after, after, log_reward, done, _ = self.environment.step(state, action, self.grid)
            row = gfnx.utils.TrajectoryData(
                obs=observed, state=state, action=action, log_gfn_reward=log_reward, done=done, pad=after.is_pad, info={}
            )
            return (observed_after, after), row

        _, rows = jax.lax.scan(advance, first, actions)
        return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), rows)

    def replay(self, given, rate, log_z_rate):
        """Loss and gradient on given actions, and the weights after a step of Adam from there."""
        training = self.training(rate, log_z_rate)
        trajectories = self.trajectories(actions_of(given, self.batch, self.task["horizon"], self.task["actions"]))
        loss, gradient, after, _ = training.update(training.first, training.adam.init(training.first), trajectories)
        return {
            "loss": float(loss),
            "gradient": layers_of(gradient["network"]),
            "logZGradient": float(gradient["logZ"]),
            "weights": layers_of(after["network"]),
            "logZ": float(after["logZ"]),
        }


if __name__ == "__main__":
    serve(Step, ["gfnx", "jax", "jaxlib", "equinox", "optax"], os.cpu_count)
