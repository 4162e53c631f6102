"""Networks whose state moves linearly: state space models, linear attention, fast weights.

Nearly all of them are computed as what they are a recurrence for: a sum over the past.
"""

import numpy as np

from .support import drawn, relu, sigmoid, silu, softplus, standardize, uniform, unit, unroll


def _root_mean_square(w, x):
    return w.gain * x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-5)


def _decayed(decays, t, j):
    """The product of the decays of the steps behind j, up to t."""
    return np.prod(decays[j + 1 : t + 1], axis=0)


def _causal(length, share):
    """For each step, the sum of `share(t, j)` over all steps j up to it."""
    return np.array([sum(share(t, j) for j in range(t + 1)) for t in range(length)])


def lmu(w, x):
    def step(past, frame):
        h, m = past
        m = w.A @ m + w.B * np.concatenate([w.e_x, w.e_h, w.e_m]).dot(np.concatenate([frame, h, m]))
        h = np.tanh(np.hstack([w.W_x, w.W_h, w.W_m]) @ np.concatenate([frame, h, m]))
        return h, (h, m)

    return unroll(step, (np.zeros(len(w.W_h)), np.zeros(len(w.B))), x)


@drawn(nu=uniform(-3, 0), theta=uniform(-2, 1), gamma=uniform(-2, 0))
def lru(w, x):
    eigenvalue = np.exp(-np.exp(w.nu) + 1j * np.exp(w.theta))
    inputs = np.exp(w.gamma) * (x @ (w.B_re + 1j * w.B_im).T)
    states = _causal(len(x), lambda t, j: eigenvalue ** (t - j) * inputs[j])
    return (states @ (w.C_re + 1j * w.C_im).T).real + x @ w.D.T


@drawn(Lambda=uniform(1, 5))
def rg_lru(w, x):
    a = sigmoid(w.Lambda) ** (8 * sigmoid(x @ w.W_a.T + w.b_a))
    inputs = np.sqrt(1 - a**2) * sigmoid(x @ w.W_x.T + w.b_x) * x
    return _causal(len(x), lambda t, j: _decayed(a, t, j) * inputs[j])


@drawn(log_rate=uniform(-2, 0), frequency=uniform(-3, 3), log_step=uniform(-3, 0))
def s4d(w, x):
    """The convolution with the kernel."""
    a = -np.exp(w.log_rate) + 1j * w.frequency
    dt = np.exp(w.log_step)[:, None]
    b = (np.exp(dt * a) - 1) / a
    kernel = [
        2 * ((w.C_re + 1j * w.C_im) * b * np.exp(lag * dt * a)).sum(1).real for lag in range(len(x))
    ]
    return _causal(len(x), lambda t, j: kernel[t - j] * x[j]) + w.D * x


def linear_attention(w, x):
    """All pairs, masked."""

    def feature(values):
        return np.where(values > 0, values + 1, np.exp(values))

    pairs = np.tril(feature(x @ w.W_q.T) @ feature(x @ w.W_k.T).T)
    return pairs @ (x @ w.W_v.T) / pairs.sum(axis=1, keepdims=True)


def fast_weights(w, x, fade=0.95, rate=0.5):
    """The fast matrix as attention to the hidden vectors of the past."""
    hidden = [np.zeros(len(w.W))]
    for frame in x:
        slow = np.hstack([w.W, w.C]) @ np.concatenate([hidden[-1], frame])
        first = relu(slow)
        pull = sum(
            rate * fade**age * past * past.dot(first) for age, past in enumerate(reversed(hidden))
        )
        hidden.append(relu(standardize(slow + pull) * w.norm.gain + w.norm.shift))
    return np.array(hidden[1:])


def deltanet(w, x):
    """The corrections, each by what the earlier ones wrote."""
    q, k = unit(silu(x @ w.W_q.T)), unit(silu(x @ w.W_k.T))
    v, beta = silu(x @ w.W_v.T), sigmoid(x @ w.w_b)
    corrections = []
    for t in range(len(x)):
        there = sum((k[j] @ k[t] * corrections[j] for j in range(t)), np.zeros(v.shape[1]))
        corrections.append(beta[t] * (v[t] - there))
    outputs = _causal(len(x), lambda t, j: (k[j] @ q[t]) * corrections[j])
    return _root_mean_square(w.norm, outputs) @ w.W_o.T


def gated_deltanet(w, x):
    q, k, v = unit(silu(x @ w.W_q.T)), unit(silu(x @ w.W_k.T)), silu(x @ w.W_v.T)
    alpha = np.exp(-np.exp(w.log_rate) * softplus(x @ w.w_a + w.b_a))
    beta = sigmoid(x @ w.w_b)
    state, outputs = np.zeros((v.shape[1], k.shape[1])), []
    for t in range(len(x)):
        transition = alpha[t] * (np.eye(len(k[t])) - beta[t] * np.outer(k[t], k[t]))
        state = state @ transition + beta[t] * np.outer(v[t], k[t])
        outputs.append(state @ q[t])
    return (_root_mean_square(w.norm, np.array(outputs)) * silu(x @ w.W_g.T)) @ w.W_o.T


def gla(w, x):
    decays = sigmoid(x @ w.A_1.T @ w.A_2.T + w.b_a) ** (1 / 16)
    q, k, v = x @ w.W_q.T, x @ w.W_k.T, x @ w.W_v.T
    outputs = _causal(len(x), lambda t, j: (q[t] * _decayed(decays, t, j) * k[j]).sum() * v[j])
    normal = standardize(outputs) * w.norm.gain + w.norm.shift
    return (silu(x @ w.W_r.T + w.b_r) * normal) @ w.W_o.T


def hgrn2(w, x):
    low = sigmoid(w.bound)
    f = low + (1 - low) * sigmoid(x @ w.W_f.T)
    q, v = silu(x @ w.W_q.T), silu(x @ w.W_i.T)
    outputs = _causal(len(x), lambda t, j: (q[t] * _decayed(f, t, j) * (1 - f[j])).sum() * v[j])
    return _root_mean_square(w.norm, outputs) @ w.W_o.T


def slstm(w, x):
    """Without the stabiliser, which double precision does not need."""

    def step(past, frame):
        h, c, n = past
        z, i, f, o = (
            w["W_" + gate] @ frame + w["R_" + gate] @ h + w["b_" + gate] for gate in "zifo"
        )
        c = sigmoid(f) * c + np.exp(i) * np.tanh(z)
        n = sigmoid(f) * n + np.exp(i)
        h = sigmoid(o) * c / n
        return h, (h, c, n)

    return unroll(step, (np.zeros(len(w.b_z)),) * 3, x)


def mlstm(w, x):
    """All pairs, without the stabiliser."""
    q, k, v = (x @ w["W_" + name].T + w["b_" + name] for name in "qkv")
    k = k / np.sqrt(k.shape[1])
    take, keep = np.exp(x @ w.w_i + w.b_i), sigmoid(x @ w.w_f + w.b_f)
    pairs = np.array(
        [
            [_decayed(keep, t, j) * take[j] * (q[t] @ k[j]) if j <= t else 0 for j in range(len(x))]
            for t in range(len(x))
        ]
    )
    normalizer = np.maximum(np.abs(pairs.sum(axis=1, keepdims=True)), 1)
    return sigmoid(x @ w.W_o.T + w.b_o) * (pairs @ v / normalizer)


def _convolved(kernel, bias, values):
    """For each channel, the convolution over the last values; kernel: [width, channels]."""
    padded = np.vstack([np.zeros((len(kernel) - 1, values.shape[1])), values])
    return bias + np.array(
        [(kernel * padded[t : t + len(kernel)]).sum(axis=0) for t in range(len(values))]
    )


@drawn(log_rate=uniform(-1, 1))
def mamba(w, x):
    size, states = w.log_rate.shape
    u, gate = np.split(x @ w.W_in.T, 2, axis=1)
    u = silu(_convolved(w.W_conv, w.b_conv, u))
    low, b, c = np.split(u @ w.W_x.T, [len(w.W_x) - 2 * states, len(w.W_x) - states], axis=1)
    step = softplus(low @ w.W_step.T + w.b_step)
    outputs = w.skip * u
    for channel in range(size):
        for state in range(states):
            rate = np.exp(w.log_rate[channel, state])
            elapsed = np.cumsum(step[:, channel])
            for t in range(len(x)):
                fades = np.exp(-rate * (elapsed[t] - elapsed[: t + 1]))
                inputs = step[: t + 1, channel] * b[: t + 1, state] * u[: t + 1, channel]
                outputs[t, channel] += c[t, state] * (fades @ inputs)
    return (outputs * silu(gate)) @ w.W_out.T


@drawn(log_rate=uniform(-1, 1))
def mamba2(w, x, heads=2):
    """State space duality: masked attention in every head."""
    inner = w.W_out.shape[1]
    states = (len(w.b_conv) - inner) // 2
    projected = x @ w.W_in.T
    z, mixed, step = np.split(projected, [inner, 2 * inner + 2 * states], axis=1)
    u, b, c = np.split(
        silu(_convolved(w.W_conv, w.b_conv, mixed)), [inner, inner + states], axis=1
    )
    step = softplus(step + w.b_step)
    elapsed = np.cumsum(np.exp(w.log_rate) * step, axis=0)
    outputs = []
    for head, values in enumerate(np.split(u, heads, axis=1)):
        fades = np.exp(-np.maximum(elapsed[:, None, head] - elapsed[None, :, head], 0))
        pairs = np.tril(c @ b.T * fades * step[None, :, head])
        outputs.append(pairs @ values + w.skip[head] * values)
    return _root_mean_square(w.norm, np.hstack(outputs) * silu(z)) @ w.W_out.T


def retnet(w, x, heads=2):
    """The parallel form: q and k turn with their position."""
    time = np.arange(len(x))
    outputs = []
    for head in range(heads):
        q, k, v = (np.split(x @ w["W_" + name].T, heads, axis=1)[head] for name in "qkv")
        pairs = q.shape[1] // 2
        angles = np.exp(1j * np.outer(time, 10000.0 ** (-np.arange(pairs) / pairs)))
        q, k = ((a[:, 0::2] + 1j * a[:, 1::2]) * angles for a in (q, k))
        decay = (1 - 2.0 ** (-5 - head)) ** np.maximum(time[:, None] - time, 0)
        scores = np.tril((q @ k.conj().T).real / np.sqrt(2 * pairs) * decay)
        outputs.append(standardize(scores @ v))
    return (silu(x @ w.W_g.T) * np.hstack(outputs)) @ w.W_o.T
