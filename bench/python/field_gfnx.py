"""The field's benchmarks in gfnx."""

import os

import equinox as eqx
import gfnx
import jax
import jax.numpy as jnp
import numpy as np
from gfnx.environment.hypergrid import EnvState as GridState
from gfnx.environment.ising import EnvState as SpinState
from gfnx.environment.sequence import EnvState as TokenState
from gfnx.reward.ising import IsingRewardParams

from balance_gfnx import TrajectoryBalance
from field import serve, table_of


def flags(count):
    """States that are in the middle of a trajectory, as the masks of actions are to be asked of."""
    return {name: jnp.zeros(count, bool) for name in ("is_terminal", "is_initial", "is_pad")}


def with_parameters(reward, parameters):
    """A reward with parameters of ours in the place of those that it would draw, or read from a file."""
    reward.init = lambda *_: parameters
    return reward


class Hypergrid:
    def __init__(self, task):
        self.actions = np.arange(task["dimensions"] + 1)
        reward = gfnx.GeneralHypergridRewardModule(R0=task["r0"], R1=task["r1"], R2=task["r2"])
        self.environment = gfnx.HypergridEnvironment(reward, dim=task["dimensions"], side=task["side"])

    def states(self, places):
        return GridState(state=places, **flags(len(places)))

    def features(self, observations, table):
        """They are one-hot as they come."""
        return observations


def looked_up(table, places):
    return table[places].reshape(*places.shape[:-1], -1)


class Tokens:
    """States are tokens, and observations have one more in front."""

    def states(self, places):
        return TokenState(tokens=jnp.where(places < 0, self.environment.pad_token, places), **flags(len(places)))

    def features(self, observations, table):
        tokens = observations[..., 1:]
        return looked_up(table, jnp.where(tokens == self.environment.pad_token, -1, tokens))


class BitSequences(Tokens):
    def __init__(self, task):
        bits = task["bits"]
        reward = gfnx.BitseqRewardModule(bits, task["wordBits"], len(task["modes"]), reward_exponent=task["exponent"] * bits)
        reward = with_parameters(reward, {"mode_set": jnp.asarray(task["modes"], bool)})
        self.environment = gfnx.BitseqEnvironment(reward, n=bits, k=task["wordBits"])
        self.actions = np.arange(self.environment.action_space.n)


class Table(Tokens):
    """A reward is looked up in a table of all objects, in the order of their symbols, the last one fastest."""

    def __init__(self, task):
        make, reward = {
            "tfbind8": (gfnx.TFBind8Environment, gfnx.TFBind8RewardModule),
            "qm9-small": (gfnx.QM9SmallEnvironment, gfnx.QM9SmallRewardModule),
        }[task["environment"]]
        self.environment = make(with_parameters(reward(), {"rewards": jnp.exp(jnp.asarray(task["logRewards"], jnp.float32))}))
        self.actions = np.arange(self.environment.action_space.n)


class Ising:
    """Its x J x counts each bond twice. Action i sets site i to -1, and sites + i to 1."""

    def __init__(self, task):
        sites = task["places"]
        matrix = np.zeros((sites, sites), np.float32)
        for i, j in task["bonds"]:
            matrix[i, j] = matrix[j, i] = task["coupling"] / 2
        reward = with_parameters(gfnx.IsingRewardModule(), IsingRewardParams(J=jnp.asarray(matrix)))
        self.environment = gfnx.IsingEnvironment(reward, dim=sites)
        self.actions = np.arange(2 * sites).reshape(2, sites).T.ravel()

    def states(self, places):
        return SpinState(state=places.astype(jnp.int8), time=(places >= 0).sum(-1), **flags(len(places)))

    def features(self, observations, table):
        return looked_up(table, observations)


ENVIRONMENTS = {"hypergrid": Hypergrid, "bit-sequences": BitSequences, "tfbind8": Table, "qm9-small": Table, "ising": Ising}


class Learner:
    def __init__(self, task):
        self.task = task
        self.own = ENVIRONMENTS[task["environment"]](task)
        self.environment = self.own.environment
        self.parameters = self.environment.init(jax.random.PRNGKey(0))
        self.table = jnp.asarray(table_of(task))
        rates = task["learningRate"], task["logZLearningRate"]
        self.training = TrajectoryBalance(self.environment, self.parameters, self.network(0), task["batch"], 0.0, *rates, self.features)
        self.asked = jax.jit(self.log_policy_of)

    def network(self, seed):
        hidden, actions = self.task["hidden"], self.environment.action_space.n
        width = self.task["places"] * self.table.shape[1]
        return eqx.nn.MLP(width, actions, hidden[0], len(hidden), activation=jax.nn.leaky_relu, key=jax.random.PRNGKey(seed))

    def features(self, observations):
        return self.own.features(observations, self.table)

    def start(self, seed):
        parameters = eqx.filter(self.network(seed), eqx.is_array)
        self.state = self.training.begin({"network": parameters, "logZ": jnp.float32(0)}, seed)

    def train(self, steps):
        self.state = jax.block_until_ready(self.training.train(steps, self.state))

    def log_z(self):
        return self.state[0]["logZ"]

    def log_rewards(self, objects):
        states = self.own.states(jnp.asarray(objects, jnp.int32))
        return np.asarray(self.environment.reward_module.log_reward(states, self.parameters))

    def log_policy_of(self, network, places):
        states = self.own.states(places)
        allowed = ~self.environment.get_invalid_mask(states, self.parameters)
        logits = self.training.logits(network, self.environment.get_obs(states, self.parameters))
        return jax.nn.log_softmax(logits, where=allowed, axis=-1)

    def log_policy(self, states):
        return np.asarray(self.asked(self.state[0]["network"], jnp.asarray(states, jnp.int32)))[:, self.own.actions]


if __name__ == "__main__":
    serve(Learner, ["gfnx", "jax", "jaxlib", "equinox", "optax"], os.cpu_count)
