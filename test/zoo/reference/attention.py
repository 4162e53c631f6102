"""Forms of attention."""

import numpy as np

from .support import lstm_step, sigmoid, softmax, unroll


def additive_attention(w, x, memory):
    gru = w.gru

    def step(h, frame):
        energies = np.array([w.v @ np.tanh(w.W @ h + w.U @ place) for place in memory])
        context = softmax(energies) @ memory
        seen = np.concatenate([frame, context])
        r = sigmoid(gru.W_r @ seen + gru.U_r @ h + gru.b_r)
        z = sigmoid(gru.W_z @ seen + gru.U_z @ h + gru.b_z)
        candidate = np.tanh(gru.W_n @ seen + gru.U_n @ (r * h) + gru.b_n)
        h = candidate + z * (h - candidate)
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
