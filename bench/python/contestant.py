"""A contestant in a process of its own, as bench/contestants/process.mjs is for the libraries in JavaScript: the referee writes a
question a line, {"question", "args"}, and reads an answer a line, {"answer"} or {"error"}, both as JSON."""

import json
import os
import platform
import resource
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np

ALPHA = 0.5
"""The order of the divergence."""
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
NEVER = -1e9
"""For logits of actions that are not allowed."""


def weights_of(start):
    """The layers' (weight [out, in], bias [out]), as PyTorch keeps them."""
    layers = [(np.asarray(layer["weight"], np.float32), np.asarray(layer["bias"], np.float32)) for layer in start["weights"]]
    return [(weight.reshape(len(bias), -1), bias) for weight, bias in layers]


def flat(layers):
    """One list of a whole network, from the layers' (weight [out, in], bias)."""
    return np.concatenate([np.asarray(part).ravel() for layer in layers for part in layer]).tolist()


def actions_of(given, batch, horizon, actions):
    """Replayed actions [horizon, batch]. What lies behind the end of a trajectory means nothing, but must be an action."""
    return np.clip(np.asarray(given, np.int64).reshape(batch, horizon), 0, actions - 1).T


class Answers:
    """Answers to the referee's questions. `open_contestant(work, start)` gives what has `steps(count)` and `replay(…)`."""

    def __init__(self, open_contestant, packages, threads):
        self.open_contestant, self.packages, self.threads = open_contestant, packages, threads

    def open(self, work, start):
        began = time.perf_counter()
        self.contestant = self.open_contestant(work, start)
        self.contestant.steps(1)
        return {
            "compileSeconds": time.perf_counter() - began,
            "versions": versions_of(self.packages),
            "threads": self.threads(),
        }

    def replay(self, actions, rate, log_z_rate):
        return self.contestant.replay(actions, rate, log_z_rate)

    def run(self, milliseconds, largest=1000):
        """Runs blocks of at most `largest` steps until the time is up; each block waits for its last step."""
        start = time.perf_counter()
        steps, block, elapsed = 0, 1, 0.0
        while steps == 0 or elapsed < milliseconds:
            self.contestant.steps(block)
            steps += block
            elapsed = (time.perf_counter() - start) * 1000
            # As many as should fill the time that is left, in two or three blocks.
            block = max(1, min(largest, int((milliseconds - elapsed) / elapsed * steps * 0.5)))
        return {"steps": steps, "seconds": elapsed / 1000}

    def memory(self):
        scale = 1 if sys.platform == "darwin" else 1024
        return {"residentBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale}


def serve(open_contestant, packages, threads):
    reply_with(Answers(open_contestant, packages, threads))


def versions_of(packages):
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}


def reply_with(answers):
    """Answers until the referee closes standard input: a question is a method of `answers`. What libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        message = json.loads(line)
        try:
            reply = json.dumps({"answer": getattr(answers, message["question"])(*message["args"])}, allow_nan=False)
        except Exception as error:  # The referee is told, whatever it was.
            reply = json.dumps({"error": f"{type(error).__name__}: {error}"})
        replies.write(f"{reply}\n")
        replies.flush()
