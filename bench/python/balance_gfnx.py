"""Training by trajectory balance with gfnx, as its baselines train, without their metrics: one compiled function that is called in a
loop inside of another, with a network of equinox and optax's Adam, and the uniform backward policy."""

import equinox as eqx
import gfnx
import jax
import jax.numpy as jnp
import optax

from contestant import BETA1, BETA2, EPSILON


def same(observations):
    return observations


class TrajectoryBalance:
    """`features` are what the network reads of the environment's observations. The state is (parameters, moments, key)."""

    def __init__(self, environment, task, network, batch, log_z, rate, log_z_rate, features=same):
        self.environment, self.task, self.batch, self.features = environment, task, batch, features
        parameters, self.static = eqx.partition(network, eqx.is_array)
        self.first = {"network": parameters, "logZ": jnp.float32(log_z)}
        self.adam = self.make_adam(rate, log_z_rate)
        self.train = jax.jit(lambda count, state: jax.lax.fori_loop(0, count, lambda _, state: self.train_step(state), state))

    def make_adam(self, rate, log_z_rate):
        rates = {"network": rate, "logZ": log_z_rate}
        labels = {"network": jax.tree.map(lambda _: "network", self.first["network"]), "logZ": "logZ"}
        return optax.multi_transform({name: optax.adam(r, b1=BETA1, b2=BETA2, eps=EPSILON) for name, r in rates.items()}, labels)

    def begin(self, parameters, seed):
        return parameters, self.adam.init(parameters), jax.random.PRNGKey(seed)

    def logits(self, network, observations):
        return jax.vmap(eqx.combine(network, self.static))(self.features(observations))

    def loss(self, parameters, trajectories):
        # Times are the second dimension of the trajectories.
        invalid = jax.vmap(self.environment.get_invalid_mask, (1, None), 1)(trajectories.state, self.task)
        logits = jax.vmap(lambda observations: self.logits(parameters["network"], observations))(trajectories.obs)
        log_p = jax.nn.log_softmax(gfnx.utils.mask_logits(logits, invalid))
        chosen = jnp.take_along_axis(log_p, trajectories.action[..., None], -1)[..., 0]
        log_forward = jnp.where(trajectories.pad, 0.0, chosen).sum(1)

        before, after = (jax.tree.map(lambda x: x[:, part], trajectories.state) for part in (slice(None, -1), slice(1, None)))
        actions, pad = trajectories.action[:, :-1], trajectories.pad[:, :-1]
        backwards = jax.vmap(self.environment.get_backward_action, (1, 1, 1, None), 1)(before, actions, after, self.task)
        impossible = jax.vmap(self.environment.get_invalid_backward_mask, (1, None), 1)(after, self.task)
        log_q = jax.nn.log_softmax(gfnx.utils.mask_logits(jnp.zeros(impossible.shape), impossible))
        taken_back = jnp.take_along_axis(log_q, backwards[..., None], -1)[..., 0]
        target = jnp.where(pad, 0.0, taken_back + trajectories.log_gfn_reward[:, :-1]).sum(1)
        return optax.losses.squared_error(log_forward + parameters["logZ"], target).mean()

    def update(self, parameters, moments, trajectories):
        loss, gradient = jax.value_and_grad(self.loss)(parameters, trajectories)
        updates, moments = self.adam.update(gradient, moments, parameters)
        return loss, gradient, optax.apply_updates(parameters, updates), moments

    def train_step(self, state):
        parameters, moments, key = state
        key, sample_key = jax.random.split(key)
        trajectories, _ = gfnx.utils.forward_rollout(
            rng_key=sample_key,
            num_envs=self.batch,
            policy_fn=lambda _, observations, network: (self.logits(network, observations), {}),
            policy_params=parameters["network"],
            env=self.environment,
            env_params=self.task,
        )
        _, _, parameters, moments = self.update(parameters, moments, trajectories)
        return parameters, moments, key
