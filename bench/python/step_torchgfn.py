"""The training step of torchgfn on its own hypergrid, as its example of the hypergrid takes it, with the uniform backward policy."""

import torch
from gfn.gym import HyperGrid
from gfn.preprocessors import KHotPreprocessor
from gfn.samplers import Trajectories
from gfn.utils.modules import MLP

from balance_torchgfn import TrajectoryBalance
from contestant import actions_of, flat, serve, weights_of
from step_pytorch import choose_threads


class Step:
    def __init__(self, work, start):
        self.batch, self.task = work["batch"], start["task"]
        grid = work["parameters"]
        rewards = {"R0": grid["r0"], "R1": grid["r1"], "R2": grid["r2"]}
        self.environment = HyperGrid(ndim=grid["dimensions"], height=grid["side"], reward_fn_kwargs=rewards)
        self.hidden = work["hidden"]
        self.restore(start)
        choose_threads(lambda: self.training.step())

    def restore(self, start, rate=0.0, log_z_rate=0.0):
        self.start = start
        environment = self.environment
        preprocessor = KHotPreprocessor(height=environment.height, ndim=environment.ndim)
        network = MLP(preprocessor.output_dim, environment.n_actions, self.hidden[0], len(self.hidden), activation_fn="leaky_relu")
        self.linear = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
        for layer, (weight, bias) in zip(self.linear, weights_of(start), strict=True):
            layer.weight.data, layer.bias.data = torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy())
        self.training = TrajectoryBalance(environment, preprocessor, network, self.batch, start["logZ"], rate, log_z_rate)

    def steps(self, count):
        self.training.steps(count)

    def trajectories(self, given):
        """The given actions as torchgfn's trajectories."""
        environment = self.environment
        states = environment.reset(batch_shape=(self.batch,))
        done = states.is_sink_state
        visited, taken = [states], []
        ends = torch.zeros(self.batch, dtype=torch.long)
        for time, choice in enumerate(given):
            if done.all():
                break
            actions = environment.actions_from_batch_shape((self.batch,))
            actions[~done] = environment.actions_from_tensor(choice[~done, None])
            states = environment._step(states, actions)
            visited.append(states)
            taken.append(actions)
            ends[states.is_sink_state & ~done] = time + 1
            done = done | states.is_sink_state
        return Trajectories(environment, environment.States.stack(visited), environment.Actions.stack(taken), terminating_idx=ends)

    def replay(self, given, rate, log_z_rate):
        """Loss and gradient on given actions, and the weights after a step of Adam from there."""
        self.restore(self.start, rate, log_z_rate)
        actions = actions_of(given, self.batch, self.task["horizon"], self.task["actions"])
        loss = self.training.update(self.trajectories(torch.from_numpy(actions.copy())), recalculate=True)
        log_z = self.training.log_z
        result = {
            "loss": loss.item(),
            "gradient": flat([(layer.weight.grad, layer.bias.grad) for layer in self.linear]),
            "logZGradient": log_z.grad.item(),
            "weights": flat([(layer.weight.detach(), layer.bias.detach()) for layer in self.linear]),
            "logZ": log_z.item(),
        }
        self.restore(self.start)
        return result


if __name__ == "__main__":
    serve(Step, ["torchgfn", "torch"], torch.get_num_threads)
