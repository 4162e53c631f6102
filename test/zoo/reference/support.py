"""What the references share: activations, steps over time, and how unusual numbers are drawn."""

import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x):
    return np.logaddexp(0, x)


def relu(x):
    return np.where(x > 0, x, 0.0)


def silu(x):
    return x * sigmoid(x)


def softmax(x, axis=-1):
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def standardize(x, epsilon=1e-5):
    """Mean 0 and variance 1 along the last axis."""
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon)


def layer_norm(w, x):
    return standardize(x) * w.gain + w.shift


def unit(x):
    """Scaled to the length 1 along the last axis."""
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def lstm_step(w, x, h, c):
    """One step of the usual LSTM: the new output and the new memory."""
    i, f, g, o = (w["W_" + gate] @ x + w["U_" + gate] @ h + w["b_" + gate] for gate in "ifgo")
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(w, x, h):
    """One step of the GRU whose reset gate comes before the product."""
    r = sigmoid(w.W_r @ x + w.U_r @ h + w.b_r)
    z = sigmoid(w.W_z @ x + w.U_z @ h + w.b_z)
    candidate = np.tanh(w.W_n @ x + w.U_n @ (r * h) + w.b_n)
    return candidate + z * (h - candidate)


def unroll(step, past, *sequences):
    """The outputs of all steps; `step` takes past and inputs, and gives output and new past."""
    outputs = []
    for inputs in zip(*sequences, strict=True):
        output, past = step(past, *inputs)
        outputs.append(output)
    return np.array(outputs)


def drawn(**draws):
    """Says how weights (by path) and inputs (by name) are drawn that must not be normal ones.

    Each is a function of a random generator and a shape.
    """

    def mark(function):
        function.draws = draws
        return function

    return mark


def uniform(low, high):
    return lambda random, shape: random.uniform(low, high, shape)


def bits(random, shape):
    """Zeros and ones."""
    return random.integers(0, 2, shape).astype(float)


def increasing(random, shape):
    """Points in time."""
    return np.cumsum(random.uniform(0.1, 1.0, shape), axis=-1)
