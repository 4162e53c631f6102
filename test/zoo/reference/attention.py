"""Forms of attention."""

import numpy as np

from .support import gru_step, lstm_step, sigmoid, softmax, unroll


def additive_attention(w, x, memory):
    gru = w.gru

    def step(h, frame):
        energies = np.array([w.v @ np.tanh(w.W @ h + w.U @ place) for place in memory])
        context = softmax(energies) @ memory
        h = gru_step(gru, np.concatenate([frame, context]), h)
        return h, h

    return unroll(step, np.zeros(len(gru.b_n)), x)


def dot_attention(w, x, memory):
    def step(past, frame):
        h, c = lstm_step(w.lstm, frame, *past)
        shares = softmax(np.array([h @ place for place in memory]))
        return np.tanh(w.W_c @ np.concatenate([memory.T @ shares, h])), (h, c)

    return unroll(step, (np.zeros(len(w.lstm.b_i)),) * 2, x)


def general_attention(w, x, memory):
    def step(past, frame):
        fed, h, c = past
        h, c = lstm_step(w.lstm, np.concatenate([frame, fed]), h, c)
        shares = softmax(np.array([h @ w.W_a.T @ place for place in memory]))
        fed = np.tanh(w.W_c @ np.concatenate([memory.T @ shares, h]))
        return fed, (fed, h, c)

    return unroll(step, (np.zeros(len(w.lstm.b_i)),) * 3, x)


def pointer_network(w, x, memory):
    def step(past, frame):
        h, c = lstm_step(w.lstm, frame, *past)
        energies = [w.v @ np.tanh(w.W_1 @ place + w.W_2 @ h) for place in memory]
        return softmax(np.array(energies)), (h, c)

    return unroll(step, (np.zeros(len(w.lstm.b_i)),) * 2, x)


def attention_pooling(w, x):
    energies = np.array([w.u @ np.tanh(w.W @ place + w.b) for place in x])
    return sum(share * place for share, place in zip(softmax(energies), x))


def location_aware_attention(w, x, memory):
    gru, reach = w.gru, (w.Q.shape[1] - 1) // 2

    def step(past, frame):
        h, shares = past
        energies = []
        for place in range(len(memory)):
            near = np.zeros(len(w.Q))
            for tap, lag in enumerate(range(-reach, reach + 1)):
                if 0 <= place + lag < len(memory):
                    near += w.Q[:, tap] * shares[place + lag]
            hidden = np.tanh(w.W @ h + w.V @ memory[place] + w.U @ near + w.b)
            energies.append(w.w @ hidden)
        shares = softmax(np.array(energies))
        h = gru_step(gru, np.concatenate([frame, shares @ memory]), h)
        return h, (h, shares)

    return unroll(step, (np.zeros(len(gru.b_n)), np.zeros(len(memory))), x)


def _heads(values, count):
    """[T, N * K] as [N, T, K]."""
    return values.reshape(len(values), count, -1).swapaxes(0, 1)


def _attend(q, k, v, biases=None):
    """[N, T, K], [N, S, K], [N, S, V] -> [T, N * V]; a bias of -inf masks a place."""
    scores = np.einsum("ntk,nsk->nts", q, k) / np.sqrt(q.shape[-1])
    shares = softmax(scores + (0 if biases is None else biases))
    return np.einsum("nts,nsv->tnv", shares, v).reshape(q.shape[1], -1)


def _causal(length, reach=None):
    """0 for the places that a step sees, -inf for the others."""
    age = np.arange(length)[:, None] - np.arange(length)
    return np.where((age >= 0) & (age < (reach or length)), 0, -np.inf)


def multi_head_attention(w, x, heads=3):
    q, k, v = (_heads(x @ w["W_" + name].T, heads) for name in "qkv")
    return _attend(q, k, v) @ w.W_o.T


def causal_attention(w, x, heads=3):
    q, k, v = (_heads(x @ w["W_" + name].T, heads) for name in "qkv")
    return _attend(q, k, v, _causal(len(x))) @ w.W_o.T


def sliding_window_attention(w, x, heads=3, reach=4):
    q, k, v = (_heads(x @ w["W_" + name].T, heads) for name in "qkv")
    return _attend(q, k, v, _causal(len(x), reach)) @ w.W_o.T


def cross_attention(w, x, memory, heads=3):
    q = _heads(x @ w.W_q.T, heads)
    return _attend(q, _heads(memory @ w.W_k.T, heads), _heads(memory @ w.W_v.T, heads)) @ w.W_o.T


def _grouped(w, x, heads, groups):
    q = _heads(x @ w.W_q.T, heads)
    k, v = (
        np.repeat(_heads(x @ matrix.T, groups), heads // groups, axis=0)
        for matrix in (w.W_k, w.W_v)
    )
    return _attend(q, k, v, _causal(len(x))) @ w.W_o.T


def multi_query_attention(w, x):
    return _grouped(w, x, heads=3, groups=1)


def grouped_query_attention(w, x):
    return _grouped(w, x, heads=4, groups=2)


def rotary_attention(w, x, heads=3):
    """Pairs as complex numbers."""

    def turned(values):
        size = values.shape[-1]
        frequencies = 10000.0 ** (-2 * np.arange(size // 2) / size)
        turns = np.exp(1j * np.outer(np.arange(values.shape[1]), frequencies))
        pairs = (values[..., 0::2] + 1j * values[..., 1::2]) * turns
        return np.concatenate([pairs.real, pairs.imag], axis=-1)

    q, k, v = (_heads(x @ w["W_" + name].T, heads) for name in "qkv")
    return _attend(turned(q), turned(k), v, _causal(len(x))) @ w.W_o.T


def alibi_attention(w, x, heads=4):
    q, k, v = (_heads(x @ w["W_" + name].T, heads) for name in "qkv")
    distance = np.arange(len(x))[:, None] - np.arange(len(x))
    slopes = np.array([2 ** (-8 * (head + 1) / heads) for head in range(heads)])
    biases = _causal(len(x)) - slopes[:, None, None] * distance
    return _attend(q, k, v, biases) @ w.W_o.T


def latent_attention(w, x, heads=3):
    """The matrix that makes the keys, moved over to the queries."""
    latents = x @ w.W_c.T
    q = _heads(x @ w.W_q.T, heads)
    scores = np.einsum("ntk,nkc,sc->nts", q, w.W_k, latents) / np.sqrt(q.shape[-1])
    shares = softmax(scores + _causal(len(x)))
    return np.einsum("nts,sc,nkc->tnk", shares, latents, w.W_v).reshape(len(x), -1) @ w.W_o.T


def differential_attention(w, x, start=0.8):
    (q_1, q_2), (k_1, k_2) = (_heads(x @ matrix.T, 2) for matrix in (w.W_q, w.W_k))
    scale = np.sqrt(q_1.shape[-1])
    shares = [softmax(q @ k.T / scale + _causal(len(x))) for q, k in ((q_1, k_1), (q_2, k_2))]
    amount = np.exp(w.q_1 @ w.k_1) - np.exp(w.q_2 @ w.k_2) + start
    outputs = (shares[0] - amount * shares[1]) @ (x @ w.W_v.T)
    normal = outputs / np.sqrt((outputs**2).mean(axis=1, keepdims=True) + 1e-5) * w.norm.gain
    return (1 - start) * normal @ w.W_o.T


def forgetting_attention(w, x):
    totals = np.cumsum(-np.logaddexp(0, -(x @ w.w_f + w.b_f)))
    biases = _causal(len(x)) + totals[:, None] - totals
    q, k, v = ((x @ w["W_" + name].T)[None] for name in "qkv")
    return _attend(q, k, v, biases) @ w.W_o.T


def aft(w, x):
    exponentials = np.exp(x @ w.W_k.T)
    context = (exponentials * (x @ w.W_v.T)).sum(axis=0) / exponentials.sum(axis=0)
    return (sigmoid(x @ w.W_q.T) * context) @ w.W_o.T


def memory_network(w, question, facts, hops=3):
    u = question @ w.B.T
    for _ in range(hops):
        shares = softmax(np.array([u @ w.A @ fact for fact in facts]))
        found = w.C @ (shares @ facts)
        u = w.H @ u + found
    return u
