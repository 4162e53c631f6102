"""Recurrent networks without gates, or with a single one."""

import numpy as np

from .support import drawn, relu, sigmoid, softmax, uniform, unit, unroll


def _elman(w, x, squash):
    """x_t and h_(t-1) as one vector through one matrix."""
    matrix = np.hstack([w.W, w.U])

    def step(h, frame):
        h = squash(matrix @ np.concatenate([frame, h]) + w.b)
        return h, h

    return unroll(step, np.zeros(len(w.U)), x)


def rnn(w, x):
    return _elman(w, x, np.tanh)


def irnn(w, x):
    return _elman(w, x, relu)


def jordan_rnn(w, x):
    def step(y, frame):
        hidden = sigmoid(np.hstack([w.U, w.W]) @ np.concatenate([y, frame]) + w.b)
        y = sigmoid(hidden @ w.V.T + w.c)
        return y, y

    return unroll(step, np.zeros(len(w.V)), x)


@drawn(u=uniform(-1, 1))
def indrnn(w, x):
    drive = x @ w.W.T + w.b

    def step(h, driven):
        h = np.array([max(0.0, d + u * past) for d, u, past in zip(driven, w.u, h)])
        return h, h

    return unroll(step, np.zeros(len(w.u)), drive)


def mrnn(w, x):
    def step(h, frame):
        own_matrix = w.U @ np.diag(w.V @ frame) @ w.S
        h = np.tanh(w.W @ frame + own_matrix @ h + w.b)
        return h, h

    return unroll(step, np.zeros(len(w.W)), x)


def mirnn(w, x):
    def step(h, frame):
        wx, uz = w.W.dot(frame), w.U.dot(h)
        h = np.tanh((w.alpha * wx + w.beta_1) * uz + w.beta_2 * wx + w.b)
        return h, h

    return unroll(step, np.zeros(len(w.W)), x)


def scrn(w, x, alpha=0.95):
    def step(past, frame):
        s, h = past
        s = alpha * s + (1 - alpha) * (frame @ w.B.T)
        h = sigmoid(np.hstack([w.P, w.A, w.R]) @ np.concatenate([s, frame, h]))
        return softmax(np.hstack([w.U, w.V]) @ np.concatenate([h, s])), (s, h)

    return unroll(step, (np.zeros(len(w.B)), np.zeros(len(w.A))), x)


def antisymmetric_rnn(w, x, epsilon=0.1, gamma=0.01):
    matrix = w.W - w.W.T - gamma * np.eye(len(w.W))

    def step(h, frame):
        gate = sigmoid(matrix @ h + w.V_z @ frame + w.b_z)
        h = h + epsilon * gate * np.tanh(matrix @ h + w.V_h @ frame + w.b_h)
        return h, h

    return unroll(step, np.zeros(len(w.W)), x)


def lipschitz_rnn(w, x, epsilon=0.03, beta=0.75, gamma=0.001):
    def blend(m):
        return (1 - beta) * (m + m.T) + beta * (m - m.T) - gamma * np.eye(len(m))

    a, big_w = blend(w.M_A), blend(w.M_W)

    def step(h, frame):
        h = h + epsilon * (a @ h) + epsilon * np.tanh(big_w @ h + w.U @ frame + w.b)
        return h, h

    return unroll(step, np.zeros(len(a)), x)


def fast_rnn(w, x):
    alpha, beta = sigmoid(w.alpha), sigmoid(w.beta)

    def step(h, frame):
        h = alpha * np.tanh(w.U @ h + w.W @ frame + w.b) + beta * h
        return h, h

    return unroll(step, np.zeros(len(w.b)), x)


def fastgrnn(w, x):
    def step(h, frame):
        both = np.hstack([w.W, w.U]) @ np.concatenate([frame, h])
        z, candidate = sigmoid(both + w.b_z), np.tanh(both + w.b_h)
        h = (sigmoid(w.zeta) * (1 - z) + sigmoid(w.nu)) * candidate + z * h
        return h, h

    return unroll(step, np.zeros(len(w.b_h)), x)


def ugrnn(w, x):
    def step(h, frame):
        candidate = np.tanh(w.W_c @ frame + w.U_c @ h + w.b_c)
        keep = sigmoid(w.W_g @ frame + w.U_g @ h + w.b_g)
        h = candidate + keep * (h - candidate)
        return h, h

    return unroll(step, np.zeros(len(w.b_c)), x)


def intersection_rnn(w, x):
    def affine(name, frame, h):
        return w["W_" + name] @ frame + w["U_" + name] @ h + w["b_" + name]

    def step(h, frame):
        keep_depth, keep_time = (sigmoid(affine(name, frame, h)) for name in ("gy", "gh"))
        y = keep_depth * frame + (1 - keep_depth) * relu(affine("yin", frame, h))
        h = keep_time * h + (1 - keep_time) * np.tanh(affine("hin", frame, h))
        return y, h

    return unroll(step, np.zeros(x.shape[1]), x)


def cfn(w, x):
    def step(h, frame):
        forget = sigmoid(w.b_t + w.V_t @ frame + w.U_t @ h)
        take = sigmoid(w.b_e + w.V_e @ frame + w.U_e @ h)
        h = forget * np.tanh(h) + take * np.tanh(w.W @ frame)
        return h, h

    return unroll(step, np.zeros(len(w.b_t)), x)


def ran(w, x):
    """The memory written out as the weighted sum of all inputs that it is."""
    contents, takes, keeps, outputs = [], [], [], []
    h = np.zeros(len(w.b_i))
    for frame in x:
        contents.append(w.W_c @ frame)
        takes.append(sigmoid(w.U_i @ h + w.W_i @ frame + w.b_i))
        keeps.append(sigmoid(w.U_f @ h + w.W_f @ frame + w.b_f))
        memory = sum(
            takes[j] * np.prod(keeps[j + 1 :], axis=0) * contents[j] for j in range(len(takes))
        )
        h = np.tanh(memory)
        outputs.append(h)
    return np.array(outputs)


def atr(w, x):
    def step(h, frame):
        p, q = w.W @ frame, w.U @ h
        h = p * sigmoid(p + q) + h * sigmoid(p - q)
        return h, h

    return unroll(step, np.zeros(len(w.U)), x)


def star(w, x):
    def step(h, frame):
        k = sigmoid(np.hstack([w.W_k, w.U_k]) @ np.concatenate([frame, h]) + w.b_k)
        h = np.tanh(h + k * (np.tanh(w.W_z @ frame + w.b_z) - h))
        return h, h

    return unroll(step, np.zeros(len(w.b_z)), x)


def brc(w, x):
    def step(h, frame):
        a = 1 + np.tanh(w.U_a @ frame + np.diag(w.w_a) @ h)
        c = sigmoid(w.U_c @ frame + np.diag(w.w_c) @ h)
        h = c * h + (1 - c) * np.tanh(w.U @ frame + a * h)
        return h, h

    return unroll(step, np.zeros(len(w.w_a)), x)


def janet(w, x, beta=1.0):
    def step(c, frame):
        both = np.concatenate([c, frame])
        s = np.hstack([w.U_f, w.W_f]) @ both + w.b_f
        candidate = np.tanh(np.hstack([w.U_c, w.W_c]) @ both + w.b_c)
        c = sigmoid(s) * c + (1 - sigmoid(s - beta)) * candidate
        return c, c

    return unroll(step, np.zeros(len(w.b_c)), x)


def clockwork_rnn(w, x, groups=3):
    size = len(w.b) // groups

    def step(past, frame):
        h, time = past
        after = h.copy()
        for group in range(groups):
            if time % 2**group == 0:
                rows = slice(group * size, (group + 1) * size)
                slower = slice(group * size, None)
                total = w.W[rows] @ frame + w.U[rows, slower] @ h[slower] + w.b[rows]
                after[rows] = np.tanh(total)
        return after, (after, time + 1)

    return unroll(step, (np.zeros(len(w.b)), 0), x)


def dilated_rnn(w, x, dilations=(1, 2, 4)):
    """Each layer as so many plain networks, side by side in time."""
    for part, dilation in zip((w.first, w.second, w.third), dilations):
        outputs = np.zeros((len(x), len(part.b)))
        for offset in range(min(dilation, len(x))):
            outputs[offset::dilation] = _elman(part, x[offset::dilation], np.tanh)
        x = outputs
    return x


def higher_order_rnn(w, x, order=3):
    size = len(w.b)
    matrices = [w.U[:, number * size : (number + 1) * size] for number in range(order)]
    hidden = [np.zeros(size)] * order
    for frame in x:
        total = sum(matrix @ h for matrix, h in zip(matrices, hidden[-order:]))
        hidden.append(np.tanh(total + w.W @ frame + w.b))
    return np.array(hidden[order:])


def skip_rnn(w, x):
    def step(past, frame):
        h, urge = past
        update = float(urge >= 0.5)
        h = update * np.tanh(w.W @ frame + w.U @ h + w.b) + (1 - update) * h
        rise = sigmoid(w.w_p @ h + w.b_p)
        urge = update * rise + (1 - update) * (urge + np.minimum(rise, 1 - urge))
        return h, (h, urge)

    return unroll(step, (np.zeros(len(w.b)), 1.0), x)


def rhn(w, x):
    def step(s, frame):
        for depth in range(len(w.R_h)):
            drive_h = w.R_h[depth] @ s + w.b_h[depth] + (w.W_h @ frame if depth == 0 else 0)
            drive_t = w.R_t[depth] @ s + w.b_t[depth] + (w.W_t @ frame if depth == 0 else 0)
            transform = sigmoid(drive_t)
            carry = 1 - transform
            s = np.tanh(drive_h) * transform + s * carry
        return s, s

    return unroll(step, np.zeros(len(w.W_h)), x)


def echo_state_network(w, x, leak=0.3):
    def step(h, frame):
        h = h + leak * (np.tanh(np.hstack([w.W, w.U]) @ np.concatenate([frame, h])) - h)
        return w.W_out[:, : len(frame)] @ frame + w.W_out[:, len(frame) :] @ h, h

    return unroll(step, np.zeros(len(w.W)), x)


def entity_network(w, x):
    """One slot after the other."""

    def step(slots, frame):
        after = []
        for slot, key in zip(slots, w["keys"]):
            gate = sigmoid(frame @ (slot + key))
            candidate = w.U @ slot + w.V @ key + w.W @ frame
            candidate = np.where(candidate > 0, candidate, w.slope * candidate)
            after.append(unit(slot + gate * candidate))
        return np.array(after), np.array(after)

    return unroll(step, w["keys"], x)
