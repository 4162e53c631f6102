"""Networks that know the time between their inputs, and discretized differential equations."""

import numpy as np

from .support import bits, drawn, increasing, sigmoid, uniform, unroll


@drawn(
    times=increasing, period=uniform(1, 6), shift=uniform(0, 3), open=uniform(0.05, 0.9)
)
def phased_lstm(w, x, times, alpha=0.001):
    def openness(time):
        phase = np.mod(time - w.shift, w.period) / w.period
        rising, falling = 2 * phase / w.open, 2 - 2 * phase / w.open
        choices = [phase < 0.5 * w.open, phase < w.open]
        return np.select(choices, [rising, falling], alpha * phase)

    def step(past, frame, time):
        h, c = past
        k = openness(time)
        i, f, g, o = (
            w["W_" + gate] @ frame + w["U_" + gate] @ h + w["b_" + gate] for gate in "ifgo"
        )
        candidate = sigmoid(f + w.p_f * c) * c + sigmoid(i + w.p_i * c) * np.tanh(g)
        output = sigmoid(o + w.p_o * candidate) * np.tanh(candidate)
        c = c + k * (candidate - c)
        h = h + k * (output - h)
        return h, (h, c)

    return unroll(step, (np.zeros(len(w.b_i)),) * 2, x, times)


@drawn(elapsed=uniform(0, 2))
def cfc(w, x, elapsed):
    def step(h, frame, seconds):
        backbone = 1.7159 * np.tanh(0.666 * (w.W @ np.concatenate([frame, h]) + w.b))
        one, other = np.tanh(w.F @ backbone + w.b_f), np.tanh(w.G @ backbone + w.b_g)
        rate, offset = w.A @ backbone + w.b_a, w.S @ backbone + w.b_s
        share = sigmoid(rate * seconds + offset)
        h = one + share * (other - one)
        return h, h

    return unroll(step, np.zeros(len(w.F)), x, elapsed)


@drawn(known=bits, since=uniform(0, 3))
def gru_d(w, x, known, since):
    def step(past, frame, mask, delta):
        h, last = past
        last = np.where(mask == 1, frame, last)
        gamma_x = 1 / np.exp(np.maximum(w.w_x * delta + w.b_x, 0))
        gamma_h = 1 / np.exp(np.maximum(w.W_d @ delta + w.b_d, 0))
        frame = np.where(mask == 1, frame, gamma_x * last + (1 - gamma_x) * w.centre)
        h = gamma_h * h
        seen = np.concatenate([frame, mask])
        z = sigmoid(np.hstack([w.W_z, w.V_z]) @ seen + w.U_z @ h + w.b_z)
        r = sigmoid(np.hstack([w.W_r, w.V_r]) @ seen + w.U_r @ h + w.b_r)
        candidate = np.tanh(np.hstack([w.W_n, w.V_n]) @ seen + w.U_n @ (r * h) + w.b_n)
        h = h + z * (candidate - h)
        return h, (h, last)

    return unroll(step, (np.zeros(len(w.b_z)), w.centre), x, known, since)


@drawn(elapsed=uniform(0, 5))
def time_lstm(w, x, elapsed):
    def step(past, frame, seconds):
        h, c = past
        short = np.tanh(w.W_d @ c + w.b_d)
        c = (c - short) + short * (1 / np.log(np.e + seconds))
        f, i, o, g = np.split(w.W @ frame + w.U @ h + w.b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, (h, c)

    return unroll(step, (np.zeros(len(w.b_d)),) * 2, x, elapsed)


def lem(w, x, greatest=1.0):
    def step(past, frame):
        y, z = past
        both = np.concatenate([y, frame])
        one = greatest * sigmoid(np.hstack([w.W_1, w.V_1]) @ both + w.b_1)
        two = greatest * sigmoid(np.hstack([w.W_2, w.V_2]) @ both + w.b_2)
        z = z + one * (np.tanh(w.W_z @ y + w.V_z @ frame + w.b_z) - z)
        y = y + two * (np.tanh(w.W_y @ z + w.V_y @ frame + w.b_y) - y)
        return y, (y, z)

    return unroll(step, (np.zeros(len(w.b_y)),) * 2, x)


def cornn(w, x, dt=0.05, gamma=2.7, epsilon=4.7):
    forces = x @ w.V.T + w.b

    def step(past, force):
        place, speed = past
        acceleration = np.tanh(force + w.W @ place + w.R @ speed) - gamma * place - epsilon * speed
        speed = speed + dt * acceleration
        place = place + dt * speed
        return place, (place, speed)

    return unroll(step, (np.zeros(len(w.b)),) * 2, forces)


def unicornn(w, x, dt=0.4, alpha=0.9):
    """One oscillator after the other."""
    outputs = np.zeros((len(x), len(w.b)))
    for unit, (own, bias, clock) in enumerate(zip(w.w, w.b, w.c)):
        place = speed = 0.0
        for time, frame in enumerate(x):
            force = np.tanh(own * place + w.V[unit] @ frame + bias) + alpha * place
            speed -= dt * sigmoid(clock) * force
            place += dt * sigmoid(clock) * speed
            outputs[time, unit] = place
    return outputs


@drawn(tau=uniform(0.5, 3))
def ltc(w, x, unfolds=6):
    """dv/dt = -(1/tau + f) v + f A, by implicit steps with f held fixed."""
    dt = 1 / unfolds

    def step(v, frame):
        for _ in range(unfolds):
            f = sigmoid(np.hstack([w.W, w.U]) @ np.concatenate([frame, v]) + w.b)
            rate = np.diag(1 / w.tau + f)
            v = np.linalg.solve(np.eye(len(v)) + dt * rate, v + dt * f * w.A)
        return v, v

    return unroll(step, np.zeros(len(w.b)), x)
