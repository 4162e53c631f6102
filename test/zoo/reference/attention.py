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


def _grouped(w, x, heads, groups):
    q = _heads(x @ w.W_q.T, heads)
    k, v = (
        np.repeat(_heads(x @ matrix.T, groups), heads // groups, axis=0)
        for matrix in (w.W_k, w.W_v)
    )
    return _attend(q, k, v, _causal(len(x))) @ w.W_o.T


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
