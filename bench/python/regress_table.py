"""How near a network comes to a table of rewards by plain regression: a bound for what training a policy can reach in as many batches.

    python regress_table.py TABLE.safetensors [--hidden 256,256] [--learning-rate 3e-3] [--steps 3000] [--batch 64]

TABLE is the file that `webgfn train tfbind8 --reward-table` takes: `symbols` [objects, positions] and `reward` [objects]; log R is made of it as
for TFBind8. The network reads one-hot symbols and learns log R(x) by squared error, from objects drawn from R/Z, each with its log R. Prints the
L1 distance of exp(network)/Σ exp(network) to R/Z over all objects. Needs numpy and safetensors.
"""

import argparse

import numpy as np
from safetensors.numpy import load_file

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def read_target(path):
    """One-hot symbols [objects, inputs] and log R [objects]: R = max(10 (y / largest y)^3, 1e-3)."""
    table = load_file(path)
    symbols = table["symbols"]
    reward = table["reward"].astype(np.float64)
    inputs = np.eye(symbols.max() + 1, dtype=np.float32)[symbols].reshape(len(symbols), -1)
    return inputs, np.log(np.maximum(10 * (reward / reward.max()) ** 3, 1e-3))


def forward(inputs, layers):
    """The outputs of every layer, the inputs first."""
    outputs = [inputs]
    for n, (weights, biases) in enumerate(layers):
        out = outputs[-1] @ weights + biases
        outputs.append(np.maximum(out, 0) if n < len(layers) - 1 else out)
    return outputs


def gradients(outputs, layers, target):
    """The gradient of the mean squared error with respect to every layer's weights and biases."""
    delta = (2 / len(target) * (outputs[-1][:, 0] - target)).astype(np.float32)[:, None]
    found = []
    for n in range(len(layers) - 1, -1, -1):
        found.append([outputs[n].T @ delta, delta.sum(0)])
        if n > 0:
            delta = (delta @ layers[n][0].T) * (outputs[n] > 0)
    return found[::-1]


def regress(inputs, log_reward, hidden, learning_rate, steps, batch, seed=0):
    """Trains with Adam and a linear decay to 0. Returns the L1 distance of the normalised network to R/Z."""
    random = np.random.default_rng(seed)
    probability = np.exp(log_reward - log_reward.max())
    probability /= probability.sum()
    sizes = [inputs.shape[1], *hidden, 1]
    layers = [
        [(random.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32), np.zeros(b, np.float32)]
        for a, b in zip(sizes, sizes[1:])
    ]
    moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer] for layer in layers]
    draws = random.choice(len(inputs), size=(steps, batch), p=probability)
    for step, drawn in enumerate(draws):
        rate = learning_rate * (1 - step / steps)
        found = gradients(forward(inputs[drawn], layers), layers, log_reward[drawn])
        for layer, of_layer, gradient in zip(layers, moments, found):
            for parameter, (mean, square), g in zip(layer, of_layer, gradient):
                mean += (1 - BETA1) * (g - mean)
                square += (1 - BETA2) * (g * g - square)
                size = np.sqrt(square / (1 - BETA2 ** (step + 1))) + EPSILON
                parameter -= rate / (1 - BETA1 ** (step + 1)) * mean / size
    learned = forward(inputs, layers)[-1][:, 0].astype(np.float64)
    learned = np.exp(learned - learned.max())
    return np.abs(learned / learned.sum() - probability).sum()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("table")
    parser.add_argument("--hidden", default="256,256")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=64)
    given = parser.parse_args()
    hidden = [int(units) for units in given.hidden.split(",")]
    print("L1", regress(*read_target(given.table), hidden, given.learning_rate, given.steps, given.batch).round(3))
