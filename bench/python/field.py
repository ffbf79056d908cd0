"""A contestant of the field's benchmarks: trains with a library's own environment and loss, and tells its policy.

A state or an object is a list of places, each with a value counted from 0, or -1 where there is none yet. Actions are the referee's; the
contestant of a library turns both into the library's own.

| question    | arguments                | answer                                                                  |
| ----------- | ------------------------ | ----------------------------------------------------------------------- |
| open        | the task                 | seconds of compiling, versions, threads                                 |
| log_rewards | objects                  | log R of each                                                           |
| start       | seed                     | nothing; the network is drawn anew, and log Z is 0                      |
| train       | number of steps          | seconds                                                                 |
| log_z       |                          | the learned log Z                                                       |
| policy      | states                   | log p_F of every action in each, float32 in base 64; -inf where it may not be taken |
| taken       | states, an action in each | log p_F of these actions, in the same form                              |
"""

import base64
import time

import numpy as np

from contestant import reply_with, versions_of

BLOCK = 2048
"""States of one call of the policy; the last call is filled up, so that nothing is compiled twice."""


def encoded(values):
    return base64.b64encode(np.asarray(values, np.float32).tobytes()).decode()


def table_of(task):
    """Features of the values at a place, one row for each, and one of zeros for -1, which is the last row: one-hot, of bits or of values."""
    values = task["values"]
    if "wordBits" not in task:
        return np.concatenate([np.eye(values, dtype=np.float32), np.zeros((1, values), np.float32)])
    bits = (np.arange(values)[:, None] >> np.arange(task["wordBits"])[::-1]) & 1
    features = np.eye(2, dtype=np.float32)[bits].reshape(values, -1)
    return np.concatenate([features, np.zeros((1, features.shape[1]), np.float32)])


class Answers:
    """`learner` makes what has `log_rewards`, `start`, `train`, `log_z` and `log_policy` of a task, with numpy arrays."""

    def __init__(self, learner, packages, threads):
        self.learner, self.packages, self.threads = learner, packages, threads

    def open(self, task):
        self.actions = task["actions"]
        began = time.perf_counter()
        self.contestant = self.learner(task)
        self.contestant.start(0)
        self.contestant.train(1)
        seconds = time.perf_counter() - began
        return {"compileSeconds": seconds, "versions": versions_of(self.packages), "threads": self.threads()}

    def log_rewards(self, objects):
        return self.contestant.log_rewards(np.asarray(objects, np.int64)).tolist()

    def start(self, seed):
        self.contestant.start(seed)

    def train(self, steps):
        began = time.perf_counter()
        self.contestant.train(steps)
        return {"seconds": time.perf_counter() - began}

    def log_z(self):
        return float(self.contestant.log_z())

    def rows(self, states):
        states = np.asarray(states, np.int64)
        filled = np.concatenate([states, np.repeat(states[:1], -len(states) % BLOCK, 0)])
        blocks = [self.contestant.log_policy(filled[i : i + BLOCK]) for i in range(0, len(filled), BLOCK)]
        rows = np.concatenate(blocks)[: len(states)]
        # A last stop is no action of a library whose sequences end by themselves.
        return np.pad(rows, ((0, 0), (0, self.actions - rows.shape[1])), constant_values=-np.inf)

    def policy(self, states):
        return encoded(self.rows(states))

    def taken(self, states, actions):
        return encoded(np.take_along_axis(self.rows(states), np.asarray(actions)[:, None], 1)[:, 0])


def serve(learner, packages, threads):
    reply_with(Answers(learner, packages, threads))
