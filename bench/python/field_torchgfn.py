"""The field's benchmarks in torchgfn."""

import numpy as np
import torch
from gfn.gym import DiscreteEBM, HyperGrid, NonAutoregressiveBitSequence
from gfn.gym.discrete_ebm import IsingModel
from gfn.preprocessors import Preprocessor
from gfn.utils.modules import MLP

from balance_torchgfn import TrajectoryBalance
from field import serve, table_of
from step_pytorch import choose_threads


def hypergrid(task):
    rewards = {"R0": task["r0"], "R1": task["r1"], "R2": task["r2"]}
    return HyperGrid(ndim=task["dimensions"], height=task["side"], reward_fn_kwargs=rewards), np.arange(task["dimensions"] + 1)


def bit_sequences(task):
    modes, bits = torch.tensor(task["modes"]), task["bits"]
    exponent = task["exponent"] * bits
    environment = NonAutoregressiveBitSequence(task["wordBits"], bits, len(modes), reward_exponent=exponent, H=modes)
    return environment, np.arange(environment.n_actions - 1)


def ising(task):
    """Its x J x counts each bond twice. Action i sets site i to -1, and sites + i to 1."""
    sites = task["places"]
    matrix = torch.zeros(sites, sites)
    for i, j in task["bonds"]:
        matrix[i, j] = matrix[j, i] = task["coupling"] / 2
    return DiscreteEBM(sites, energy=IsingModel(matrix)), np.arange(2 * sites).reshape(2, sites).T.ravel()


ENVIRONMENTS = {"hypergrid": hypergrid, "bit-sequences": bit_sequences, "ising": ising}


class Features(Preprocessor):
    def __init__(self, task):
        self.table = torch.from_numpy(table_of(task))
        super().__init__(output_dim=task["places"] * self.table.shape[1])

    def preprocess(self, states):
        return self.table[states.tensor].flatten(-2)


class Learner:
    def __init__(self, task):
        self.task = task
        # The library's actions in the order of the referee's. An exit that a full state cannot but take is not among those.
        self.environment, self.actions = ENVIRONMENTS[task["environment"]](task)
        self.features = Features(task)
        self.start(0)
        choose_threads(lambda: self.training.step())

    def start(self, seed):
        torch.manual_seed(seed)
        hidden, actions = self.task["hidden"], self.environment.n_actions
        network = MLP(self.features.output_dim, actions, hidden[0], len(hidden), activation_fn="leaky_relu")
        rates = self.task["learningRate"], self.task["logZLearningRate"]
        self.training = TrajectoryBalance(self.environment, self.features, network, self.task["batch"], 0.0, *rates)

    def train(self, steps):
        self.training.steps(steps)

    def log_z(self):
        return self.training.log_z.item()

    @torch.no_grad()
    def log_rewards(self, objects):
        return self.environment.log_reward(self.environment.states_from_tensor(torch.from_numpy(objects))).numpy()

    @torch.no_grad()
    def log_policy(self, states):
        states = self.environment.states_from_tensor(torch.from_numpy(states))
        log_p = self.training.policy.to_probability_distribution(states, self.training.policy(states)).logits
        return log_p.masked_fill(~states.forward_masks, -torch.inf).numpy()[:, self.actions]


if __name__ == "__main__":
    serve(Learner, ["torchgfn", "torch"], torch.get_num_threads)
