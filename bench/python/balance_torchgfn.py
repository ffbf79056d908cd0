"""Training by trajectory balance with torchgfn, as its examples train: the sampler's own log probabilities, and the uniform backward policy."""

import torch
from gfn.estimators import DiscretePolicyEstimator
from gfn.gflownet import TBGFlowNet
from gfn.samplers import Sampler
from gfn.utils.modules import DiscreteUniform

from contestant import BETA1, BETA2, EPSILON


class TrajectoryBalance:
    def __init__(self, environment, preprocessor, network, batch, log_z, rate, log_z_rate):
        self.environment, self.batch = environment, batch
        actions = environment.n_actions
        self.policy = DiscretePolicyEstimator(network, actions, preprocessor=preprocessor)
        backward = DiscretePolicyEstimator(DiscreteUniform(actions - 1), actions, preprocessor=preprocessor, is_backward=True)
        self.gflownet = TBGFlowNet(pf=self.policy, pb=backward, init_logZ=log_z)
        self.sampler = Sampler(estimator=self.policy)
        groups = [{"params": self.gflownet.pf_pb_parameters(), "lr": rate}, {"params": self.gflownet.logz_parameters(), "lr": log_z_rate}]
        self.adam = torch.optim.Adam(groups, betas=(BETA1, BETA2), eps=EPSILON)

    @property
    def log_z(self):
        return self.gflownet.logZ

    def update(self, trajectories, recalculate):
        self.adam.zero_grad()
        loss = self.gflownet.loss(self.environment, trajectories, recalculate_all_logprobs=recalculate)
        loss.backward()
        self.adam.step()
        return loss

    def step(self):
        sampled = self.sampler.sample_trajectories(self.environment, n=self.batch, save_logprobs=True)
        self.update(sampled, recalculate=False)

    def steps(self, count):
        for _ in range(count):
            self.step()
