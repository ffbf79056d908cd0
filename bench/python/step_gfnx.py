"""The training step of gfnx on its own hypergrid, as its baseline of trajectory balance takes it, without the metrics: one compiled
function that is called in a loop inside of another, with a network of equinox and optax's Adam."""

import os

import equinox as eqx
import gfnx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from contestant import BETA1, BETA2, EPSILON, actions_of, flat, serve, weights_of


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
        parameters, self.static = eqx.partition(network, eqx.is_array)
        self.start = {"network": parameters, "logZ": jnp.float32(start["logZ"])}
        adam = self.adam(0.0, 0.0)
        self.state = self.start, adam.init(self.start), jax.random.PRNGKey(0)
        self.train = jax.jit(lambda count, state: jax.lax.fori_loop(0, count, lambda _, state: self.train_step(adam, state), state))

    def adam(self, rate, log_z_rate):
        rates = {"network": rate, "logZ": log_z_rate}
        labels = {"network": jax.tree.map(lambda _: "network", self.start["network"]), "logZ": "logZ"}
        return optax.multi_transform({name: optax.adam(r, b1=BETA1, b2=BETA2, eps=EPSILON) for name, r in rates.items()}, labels)

    def loss(self, parameters, trajectories):
        network = eqx.combine(parameters["network"], self.static)
        # Times are the second dimension of the trajectories.
        invalid = jax.vmap(self.environment.get_invalid_mask, (1, None), 1)(trajectories.state, self.grid)
        log_p = jax.nn.log_softmax(gfnx.utils.mask_logits(jax.vmap(jax.vmap(network))(trajectories.obs), invalid))
        chosen = jnp.take_along_axis(log_p, trajectories.action[..., None], -1)[..., 0]
        log_forward = jnp.where(trajectories.pad, 0.0, chosen).sum(1)

        before, after = (jax.tree.map(lambda x: x[:, part], trajectories.state) for part in (slice(None, -1), slice(1, None)))
        actions, pad = trajectories.action[:, :-1], trajectories.pad[:, :-1]
        backwards = jax.vmap(self.environment.get_backward_action, (1, 1, 1, None), 1)(before, actions, after, self.grid)
        impossible = jax.vmap(self.environment.get_invalid_backward_mask, (1, None), 1)(after, self.grid)
        log_q = jax.nn.log_softmax(gfnx.utils.mask_logits(jnp.zeros(impossible.shape), impossible))
        taken_back = jnp.take_along_axis(log_q, backwards[..., None], -1)[..., 0]
        target = jnp.where(pad, 0.0, taken_back + trajectories.log_gfn_reward[:, :-1]).sum(1)
        return optax.losses.squared_error(log_forward + parameters["logZ"], target).mean()

    def update(self, adam, parameters, moments, trajectories):
        loss, gradient = jax.value_and_grad(self.loss)(parameters, trajectories)
        updates, moments = adam.update(gradient, moments, parameters)
        return loss, gradient, optax.apply_updates(parameters, updates), moments

    def train_step(self, adam, state):
        parameters, moments, key = state
        key, sample_key = jax.random.split(key)

        def policy(_, observations, network):
            return jax.vmap(eqx.combine(network, self.static))(observations), {}

        trajectories, _ = gfnx.utils.forward_rollout(
            rng_key=sample_key,
            num_envs=self.batch,
            policy_fn=policy,
            policy_params=parameters["network"],
            env=self.environment,
            env_params=self.grid,
        )
        _, _, parameters, moments = self.update(adam, parameters, moments, trajectories)
        return parameters, moments, key

    def steps(self, count):
        self.state = jax.block_until_ready(self.train(count, self.state))

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
        adam = self.adam(rate, log_z_rate)
        trajectories = self.trajectories(actions_of(given, self.batch, self.task["horizon"], self.task["actions"]))
        loss, gradient, after, _ = self.update(adam, self.start, adam.init(self.start), trajectories)
        return {
            "loss": float(loss),
            "gradient": layers_of(gradient["network"]),
            "logZGradient": float(gradient["logZ"]),
            "weights": layers_of(after["network"]),
            "logZ": float(after["logZ"]),
        }


if __name__ == "__main__":
    serve(Step, ["gfnx", "jax", "jaxlib", "equinox", "optax"], os.cpu_count)
