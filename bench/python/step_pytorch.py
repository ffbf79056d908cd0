"""The training step in PyTorch on the CPU: rollouts end with the longest trajectory, and only real transitions are differentiated."""

import time

import torch

from contestant import ALPHA, BETA1, BETA2, EPSILON, NEVER, actions_of, flat, serve, weights_of
from environments import ENVIRONMENTS

REPETITIONS = 3


def choose_threads(step):
    """One thread or all of them, whichever makes the fastest step: threads that wait for each other cost small networks more than they save."""

    def fastest(threads):
        torch.set_num_threads(threads)
        seconds = []
        for _ in range(1 + REPETITIONS):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        return min(seconds[1:])

    torch.set_num_threads(min((1, torch.get_num_threads()), key=fastest))


class Step:
    def __init__(self, work, start):
        self.batch, task = work["batch"], start["task"]
        self.actions, self.horizon = task["actions"], task["horizon"]
        identities = {}

        def one_hot(index, size):
            if size not in identities:
                # The row after the last is empty: at that time a sequence has no place left.
                identities[size] = torch.eye(size + 1, size)
            return identities[size][index.long() if torch.is_tensor(index) else index]

        self.one_hot = one_hot
        environment = ENVIRONMENTS[work["environment"]]
        self.environment = environment(torch, one_hot, torch.from_numpy, work["parameters"], task.get("data"))
        self.loss_and_gradient = self.trajectory_balance if work["objective"] == "tb" else self.renyi
        self.restore(start)
        choose_threads(self.step)

    def restore(self, start, rate=0.0, log_z_rate=0.0):
        self.start = start
        layers = []
        for weight, bias in weights_of(start):
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
            layer.weight.data, layer.bias.data = torch.from_numpy(weight.copy()), torch.from_numpy(bias.copy())
            layers += [layer, torch.nn.LeakyReLU(0.01)]
        self.network = torch.nn.Sequential(*layers[:-1])
        self.log_z = torch.nn.Parameter(torch.tensor(start["logZ"], dtype=torch.float32))
        self.parameters = list(self.network.parameters())
        groups = [{"params": self.parameters, "lr": rate}, {"params": [self.log_z], "lr": log_z_rate}]
        self.adam = torch.optim.Adam(groups, betas=(BETA1, BETA2), eps=EPSILON, fused=True)

    def logits(self, state):
        return self.network(self.environment.features(state)).masked_fill(~self.environment.allowed(state), NEVER)

    @torch.no_grad()
    def rollout(self, given=None):
        """States and actions of the transitions, whose they are, log p_B and log R."""
        state = torch.zeros(self.batch, self.environment.width)
        live = torch.ones(self.batch)
        # Gumbel's trick, for the whole rollout at once.
        noise = torch.empty(self.horizon, self.batch, self.actions).exponential_().log_() if given is None else None
        states, chosen, lives, after, taken = [], [], [], [], []
        for now in range(self.horizon):
            choice = (self.logits(state) - noise[now]).argmax(-1) if given is None else given[now]
            action = self.one_hot(choice, self.actions) * live[:, None]
            states.append(state)
            chosen.append(choice)
            lives.append(live)
            taken.append(action)
            state = self.environment.apply(state, action, now)
            after.append(state)
            live = live * (1 - self.environment.ends(action))
            if not live.any():
                break
        real = torch.stack(lives).flatten().nonzero().squeeze(1)
        log_backward = self.environment.log_backward(torch.stack(after), torch.stack(taken)).sum(0)
        transitions = torch.stack(states).flatten(0, 1)[real], torch.stack(chosen).flatten()[real], real % self.batch
        return *transitions, log_backward, self.environment.log_reward(state)

    def log_forward(self, states, chosen, trajectory):
        log_p = self.logits(states).log_softmax(-1).gather(1, chosen[:, None]).squeeze(1)
        return torch.zeros(self.batch).index_add(0, trajectory, log_p)

    def trajectory_balance(self, *batch):
        *transitions, log_backward, log_reward = batch
        loss = (self.log_forward(*transitions) + self.log_z - log_backward - log_reward).square().mean()
        loss.backward()
        return loss

    def renyi(self, *batch):
        """Loss without log Z, and the paper's estimate of its gradient, from two pull-backs of one forward pass."""
        *transitions, log_backward, log_reward = batch
        s = self.log_forward(*transitions)
        exponent = (1 - ALPHA) * (log_reward + log_backward - s.detach())
        highest = exponent.max()
        f = (exponent - highest).exp()
        mean = f.mean()

        def pull_back(coefficients, again):
            return torch.nn.utils.parameters_to_vector(torch.autograd.grad(s, self.parameters, coefficients, retain_graph=again))

        u, score = pull_back(f - mean, True), pull_back(torch.ones(self.batch), False)
        size = score.dot(score) + EPSILON
        first = (ALPHA - 1) * (u - score.dot(u) / size * score + mean * EPSILON / size * score)
        gradient = (first / self.batch + u / (self.batch - 1)) / ((ALPHA - 1) * mean)
        offset = 0
        for parameter in self.parameters:
            parameter.grad = gradient[offset : offset + parameter.numel()].view_as(parameter)
            offset += parameter.numel()
        return (mean.log() + highest) / (ALPHA - 1)

    def step(self, given=None):
        self.adam.zero_grad()
        loss = self.loss_and_gradient(*self.rollout(given))
        self.adam.step()
        return loss

    def steps(self, count):
        for _ in range(count):
            self.step()

    def layers(self, values):
        return [tuple(value.detach() for value in values[i : i + 2]) for i in range(0, len(values), 2)]

    def replay(self, given, rate, log_z_rate):
        """Loss and gradient on given actions, and the weights after a step of Adam from there."""
        self.restore(self.start, rate, log_z_rate)
        loss = self.step(torch.from_numpy(actions_of(given, self.batch, self.horizon, self.actions).copy()))
        result = {
            "loss": loss.item(),
            "gradient": flat(self.layers([parameter.grad for parameter in self.parameters])),
            "logZGradient": 0.0 if self.log_z.grad is None else self.log_z.grad.item(),
            "weights": flat(self.layers(self.parameters)),
            "logZ": self.log_z.item(),
        }
        self.restore(self.start)
        return result


if __name__ == "__main__":
    serve(Step, ["torch"], torch.get_num_threads)
