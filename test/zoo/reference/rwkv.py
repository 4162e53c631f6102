"""The time mixing of RWKV, versions 4 to 7."""

import numpy as np

from .support import drawn, sigmoid, silu, softmax, standardize, uniform, unit

_MIXES = {"mu_" + name: uniform(0, 1) for name in "rkvgwa"}


def _before(x):
    return np.vstack([np.zeros_like(x[:1]), x[:-1]])


def _mixed(w, x, name):
    """Between the last input (mu = 0 in version 4, 1 in later ones) and this one."""
    return x + w["mu_" + name] * (_before(x) - x)


@drawn(decay=uniform(-2, 1), **_MIXES)
def rwkv4(w, x):
    """The sum over the past, as one softmax for each channel."""

    def mixed(name):
        return w["mu_" + name] * x + (1 - w["mu_" + name]) * _before(x)

    k, v = mixed("k") @ w.W_k.T, mixed("v") @ w.W_v.T
    outputs = []
    for t in range(len(x)):
        ages = np.arange(t - 1, -1, -1)[:, None]
        exponents = np.vstack([k[:t] - ages * np.exp(w.decay), w.bonus + k[t]])
        outputs.append((softmax(exponents, axis=0) * v[: t + 1]).sum(axis=0))
    return (sigmoid(mixed("r") @ w.W_r.T) * np.array(outputs)) @ w.W_o.T


def _linear_heads(r, k, v, decays, bonus):
    """Sums over the past; arrays are [T, N, K]."""
    outputs = np.zeros_like(v)
    for t in range(len(r)):
        for j in range(t):
            weight = (r[t] * k[j] * np.prod(decays[j + 1 : t], axis=0)).sum(axis=-1)
            outputs[t] += weight[:, None] * v[j]
        outputs[t] += (r[t] * k[t] * bonus).sum(axis=-1)[:, None] * v[t]
    return outputs


def _group_norm(w, heads):
    return standardize(heads).reshape(len(heads), -1) * w.gain + w.shift


@drawn(decay=uniform(-2, 1), **_MIXES)
def rwkv5(w, x):
    shape = (len(x), *w.decay.shape)
    r, k, v = ((_mixed(w, x, name) @ w["W_" + name].T).reshape(shape) for name in "rkv")
    decays = np.broadcast_to(np.exp(-np.exp(w.decay)), shape)
    outputs = _group_norm(w, _linear_heads(r, k, v, decays, w.bonus))
    return (outputs * silu(_mixed(w, x, "g") @ w.W_g.T)) @ w.W_o.T


def rwkv6(w, x):
    shape = (len(x), *w.bonus.shape)
    base = x + w.mu * (_before(x) - x)

    def low_rank(values, down, up, bias):
        return np.tanh(values @ down.T) @ up.T + bias

    def mixed(name):
        number = "rkvgw".index(name)
        return x + (_before(x) - x) * low_rank(base, w.A[number], w.B[number], w.b[number])

    r, k, v = ((mixed(name) @ w["W_" + name].T).reshape(shape) for name in "rkv")
    logarithms = -np.exp(low_rank(mixed("w"), w.A_decay, w.B_decay, w.b_decay))
    decays = np.exp(logarithms).reshape(shape)
    outputs = _group_norm(w, _linear_heads(r, k, v, decays, w.bonus))
    return (outputs * silu(mixed("g") @ w.W_g.T)) @ w.W_o.T


@drawn(**_MIXES)
def rwkv7(w, x, heads=2):
    """Transition matrices written out."""
    shape = (len(x), heads, -1)
    r, v = ((_mixed(w, x, name) @ w["W_" + name].T).reshape(shape) for name in "rv")
    decays = np.exp(
        -np.exp(-0.5) * sigmoid(w.b_w + np.tanh(_mixed(w, x, "w") @ w.A_w.T) @ w.B_w.T)
    ).reshape(shape)
    a = sigmoid(w.b_a + _mixed(w, x, "a") @ w.A_a.T @ w.B_a.T)
    g = sigmoid(_mixed(w, x, "g") @ w.A_g.T) @ w.B_g.T
    key = _mixed(w, x, "k") @ w.W_k.T
    removal = unit((key * w.scale_k).reshape(shape))
    k = (key + key * (a - 1) * w.scale_a).reshape(shape)
    a = a.reshape(shape)
    outputs = np.zeros_like(v)
    for head in range(heads):
        state = np.zeros((v.shape[2], k.shape[2]))
        for t in range(len(x)):
            gone = removal[t, head]
            transition = np.diag(decays[t, head]) - np.outer(gone, a[t, head] * gone)
            state = state @ transition + np.outer(v[t, head], k[t, head])
            outputs[t, head] = state @ r[t, head]
    now = (r * k * w.bonus.reshape(heads, -1)).sum(axis=-1, keepdims=True) * v
    return (g * (_group_norm(w, outputs) + now.reshape(len(x), -1))) @ w.W_o.T
