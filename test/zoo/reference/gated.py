"""Recurrent networks with several gates: the families of LSTM and GRU."""

import numpy as np

from .support import (
    drawn,
    layer_norm,
    lstm_step,
    relu,
    sigmoid,
    softmax,
    standardize,
    uniform,
    unroll,
)


def _gate(w, name, *vectors):
    """The affine map of a gate: W, then U, of the vectors, and the bias where there is one."""
    total = w.get("b_" + name, 0.0)
    for letter, vector in zip("WUV", vectors):
        total = total + w[f"{letter}_{name}"] @ vector
    return total


def _zeros(size, count=2):
    return tuple(np.zeros(size) for _ in range(count))


def lstm_1997(w, x):
    def squash(value, width):
        return width * (2 * sigmoid(value) - 1)

    def step(past, frame):
        h, c = past
        c = c + sigmoid(_gate(w, "i", frame, h)) * squash(_gate(w, "g", frame, h), 2)
        h = sigmoid(_gate(w, "o", frame, h)) * squash(c, 1)
        return h, (h, c)

    return unroll(step, _zeros(len(w.b_i)), x)


def lstm(w, x):
    """All four gates in one matrix, as the frameworks lay them out."""
    matrix = np.block([[w["W_" + gate], w["U_" + gate]] for gate in "ifgo"])
    bias = np.concatenate([w["b_" + gate] for gate in "ifgo"])

    def step(past, frame):
        h, c = past
        i, f, g, o = np.split(matrix @ np.concatenate([frame, h]) + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)

    return unroll(step, _zeros(len(w.b_i)), x)


def _peephole_step(w, c, frame, recurrent):
    take = sigmoid(_gate(w, "i", frame, recurrent) + w.p_i * c)
    keep = sigmoid(_gate(w, "f", frame, recurrent) + w.p_f * c)
    c = keep * c + take * np.tanh(_gate(w, "g", frame, recurrent))
    return c, sigmoid(_gate(w, "o", frame, recurrent) + w.p_o * c) * np.tanh(c)


def peephole_lstm(w, x):
    def step(past, frame):
        h, c = past
        c, h = _peephole_step(w, c, frame, h)
        return h, (h, c)

    return unroll(step, _zeros(len(w.b_i)), x)


def lstmp(w, x):
    def step(past, frame):
        r, c = past
        c, m = _peephole_step(w, c, frame, r)
        projected = np.vstack([w.W_r, w.W_p]) @ m
        return projected, (projected[: len(w.W_r)], c)

    return unroll(step, (np.zeros(len(w.W_r)), np.zeros(len(w.b_i))), x)


def coupled_lstm(w, x):
    def step(past, frame):
        h, c = past
        f = sigmoid(_gate(w, "f", frame, h))
        g = np.tanh(_gate(w, "g", frame, h))
        c = g + f * (c - g)
        h = sigmoid(_gate(w, "o", frame, h)) * np.tanh(c)
        return h, (h, c)

    return unroll(step, _zeros(len(w.b_f)), x)


def gru(w, x):
    def step(h, frame):
        reset = sigmoid(w.W_r @ frame + w.U_r @ h)
        keep = sigmoid(w.W_z @ frame + w.U_z @ h)
        candidate = np.tanh(w.W @ frame + (w.U * reset) @ h)
        h = candidate + keep * (h - candidate)
        return h, h

    return unroll(step, np.zeros(len(w.W)), x)


def gru_update(w, x):
    def step(h, frame):
        reset = sigmoid(_gate(w, "r", frame, h))
        update = sigmoid(_gate(w, "z", frame, h))
        candidate = np.tanh(w.W @ frame + w.U @ np.diag(reset) @ h + w.b)
        h = h + update * (candidate - h)
        return h, h

    return unroll(step, np.zeros(len(w.b)), x)


def gru_reset_after(w, x):
    """Input and state go through one matrix each, as in cuDNN."""
    from_input = np.vstack([w.W_r, w.W_z, w.W_n])
    from_state = np.vstack([w.U_r, w.U_z, w.U_n])

    def step(h, frame):
        r_x, z_x, n_x = np.split(from_input @ frame, 3)
        r_h, z_h, n_h = np.split(from_state @ h, 3)
        r, z = sigmoid(r_x + r_h + w.b_r), sigmoid(z_x + z_h + w.b_z)
        n = np.tanh(n_x + w.b_n + r * (n_h + w.c_n))
        h = n + z * (h - n)
        return h, h

    return unroll(step, np.zeros(len(w.b_n)), x)


@drawn(scores=uniform(0, 1))
def augru(w, x, scores):
    def step(h, frame, score):
        update = sigmoid(_gate(w, "u", frame, h))
        reset = sigmoid(_gate(w, "r", frame, h))
        candidate = np.tanh(w.W_h @ frame + reset * (w.U_h @ h) + w.b_h)
        h = h + score * update * (candidate - h)
        return h, h

    return unroll(step, np.zeros(len(w.b_u)), x, scores)


def mgu(w, x):
    def step(h, frame):
        f = sigmoid(_gate(w, "f", frame, h))
        h = h + f * (np.tanh(_gate(w, "h", frame, f * h)) - h)
        return h, h

    return unroll(step, np.zeros(len(w.b_f)), x)


@drawn(**{f"norm_{gate}.running_variance": uniform(0.3, 2) for gate in "zh"})
def ligru(w, x):
    def normalized(norm, values):
        scale = norm.gain / np.sqrt(norm.running_variance + 1e-5)
        return values * scale + (norm.shift - norm.running_mean * scale)

    inputs_z = normalized(w.norm_z, x @ w.W_z.T)
    inputs_h = normalized(w.norm_h, x @ w.W_h.T)

    def step(h, z_x, h_x):
        z = sigmoid(z_x + w.U_z @ h)
        h = z * h + (1 - z) * relu(h_x + w.U_h @ h)
        return h, h

    return unroll(step, np.zeros(len(w.U_z)), inputs_z, inputs_h)


def _weighted_sums(keeps, contents):
    """h_t = sum over j <= t of contents_j times the product of the keeps behind it."""
    return np.array(
        [
            sum(np.prod(keeps[j + 1 : t + 1], axis=0) * contents[j] for j in range(t + 1))
            for t in range(len(keeps))
        ]
    )


def mingru(w, x):
    z = sigmoid(x @ w.W_z.T + w.b_z)
    return _weighted_sums(1 - z, z * (x @ w.W_h.T + w.b_h))


def minlstm(w, x):
    f, i = sigmoid(x @ w.W_f.T + w.b_f), sigmoid(x @ w.W_i.T + w.b_i)
    return _weighted_sums(f / (f + i), i / (f + i) * (x @ w.W_h.T + w.b_h))


def sru(w, x):
    candidates, forgets, resets = x @ w.W.T, x @ w.W_f.T + w.b_f, x @ w.W_r.T + w.b_r

    def step(c, frame, candidate, forget, reset):
        f, r = sigmoid(forget + w.v_f * c), sigmoid(reset + w.v_r * c)
        c = candidate + f * (c - candidate)
        return frame + r * (c - frame), c

    return unroll(step, np.zeros(len(w.W)), x, candidates, forgets, resets)


def layer_norm_lstm(w, x):
    size = len(w.b) // 4

    def step(past, frame):
        h, c = past
        total = layer_norm(w.norm_h, w.U @ h) + layer_norm(w.norm_x, w.W @ frame) + w.b
        f, i, o, g = (total[k * size : (k + 1) * size] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(standardize(c) * w.norm_c.gain + w.norm_c.shift)
        return h, (h, c)

    return unroll(step, _zeros(size), x)


def layer_norm_gru(w, x):
    size = len(w.W_n)

    def step(h, frame):
        both = layer_norm(w.norm_u, w.U @ h) + layer_norm(w.norm_w, w.W @ frame)
        update, reset = sigmoid(both[:size]), sigmoid(both[size:])
        past = reset * layer_norm(w.norm_un, w.U_n @ h)
        h = h + update * (np.tanh(layer_norm(w.norm_wn, w.W_n @ frame) + past) - h)
        return h, h

    return unroll(step, np.zeros(size), x)


def multiplicative_lstm(w, x):
    def step(past, frame):
        h, c = past
        middle = np.diag(w.W_m @ frame) @ w.U_m @ h
        candidate, i, o, f = (_gate(w, gate, frame, middle) for gate in "hiof")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
        h = np.tanh(c) * sigmoid(o)
        return h, (h, c)

    return unroll(step, _zeros(len(w.W_m)), x)


def nested_lstm(w, x):
    def step(past, frame):
        h, outer, inner = past
        i, f, g, o = (_gate(w, gate, frame, h) for gate in "ifgo")
        outer, inner = lstm_step(w.inner, sigmoid(i) * np.tanh(g), sigmoid(f) * outer, inner)
        h = sigmoid(o) * np.tanh(outer)
        return h, (h, outer, inner)

    return unroll(step, _zeros(len(w.b_i), 3), x)


def mogrifier_lstm(w, x, rounds=5):
    def step(past, frame):
        h, c = past
        for count in range(rounds):
            if count % 2 == 0:
                frame = 2 * sigmoid(w.Q[count // 2] @ h) * frame
            else:
                h = 2 * sigmoid(w.R[count // 2] @ frame) * h
        f, i, g, o = np.split(np.hstack([w.W, w.U]) @ np.concatenate([frame, h]) + w.b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)

    return unroll(step, _zeros(len(w.b) // 4), x)


def nas_cell(w, x):
    def step(past, frame):
        h, c = past
        p, q = np.split(w.W @ frame + w.b, 8), np.split(w.U @ h, 8)
        first = [
            sigmoid(p[0] + q[0]),
            relu(p[1] + q[1]),
            sigmoid(p[2] + q[2]),
            relu(p[3] * q[3]),
            np.tanh(p[4] + q[4]),
            sigmoid(p[5] + q[5]),
            np.tanh(p[6] + q[6]),
            sigmoid(p[7] + q[7]),
        ]
        second = [
            np.tanh(first[0] * first[1]),
            np.tanh(first[2] + first[3]),
            np.tanh(first[4] * first[5]),
            sigmoid(first[6] + first[7]),
        ]
        c = np.tanh(second[0] + c) * second[1]
        h = np.tanh(c * np.tanh(second[2] + second[3]))
        return h, (h, c)

    return unroll(step, _zeros(len(w.b) // 8), x)


def mut1(w, x):
    def step(h, frame):
        z = sigmoid(_gate(w, "z", frame))
        r = sigmoid(_gate(w, "r", frame, h))
        h = z * np.tanh((r * h) @ w.U_h.T + np.tanh(frame) + w.b_h) + (1 - z) * h
        return h, h

    return unroll(step, np.zeros(x.shape[1]), x)


def qrnn(w, x, width=3):
    """The convolution over the whole sequence, then pooling as a sum over the past."""
    padded = np.vstack([np.zeros((width - 1, x.shape[1])), x])

    def convolved(matrix):
        taps = np.split(matrix, width, axis=1)
        return sum(padded[lag : lag + len(x)] @ tap.T for lag, tap in enumerate(taps))

    f = sigmoid(convolved(w.W_f))
    contents = (1 - f) * np.tanh(convolved(w.W_z))
    return sigmoid(convolved(w.W_o)) * _weighted_sums(f, contents)


def on_lstm(w, x):
    size = len(w.b) // 6

    def step(past, frame):
        h, c = past
        total = np.hstack([w.W, w.U]) @ np.concatenate([frame, h]) + w.b
        f, i, g, o, master_f, master_i = (total[k * size : (k + 1) * size] for k in range(6))
        keep = np.tril(np.ones((size, size))) @ softmax(master_f)
        take = 1 - np.tril(np.ones((size, size))) @ softmax(master_i)
        both = keep * take
        keep, take = sigmoid(f) * both + (keep - both), sigmoid(i) * both + (take - both)
        c = keep * c + take * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)

    return unroll(step, _zeros(size), x)


def _lstm_outputs(w, x, h, c):
    outputs = []
    for frame in x:
        h, c = lstm_step(w, frame, h, c)
        outputs.append(h)
    return np.array(outputs), h, c


def bidirectional_lstm(w, x):
    size = len(w.forward.b_i)
    forward, _, _ = _lstm_outputs(w.forward, x, *_zeros(size))
    backward, _, _ = _lstm_outputs(w.backward, x[::-1], *_zeros(size))
    return np.hstack([forward, backward[::-1]])


def encoder_decoder(w, source, target):
    _, h, c = _lstm_outputs(w.encoder, source[::-1], *_zeros(len(w.encoder.b_i)))
    outputs, _, _ = _lstm_outputs(w.decoder, target, h, c)
    return outputs @ w.out.W.T + w.out.b
