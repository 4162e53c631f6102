"""Models made of the library's layers and functions on shapes, with their numbers by NumPy in f64."""

import numpy as np

from reference import Instance, make_case, normal, shapes_of, sigmoid, softmax


def slide(x, size, stride=1, dilation=1):
    """All windows of the last axis, as two axes."""
    count = (x.shape[-1] - dilation * (size - 1) - 1) // stride + 1
    places = stride * np.arange(count)[:, None] + dilation * np.arange(size)
    return x[..., places]


def conv1d(x, w, stride=1):
    return np.einsum("ink,oik->on", slide(x, w.shape[-1], stride), w)


def conv2d(x, w):
    patches = slide(x, w.shape[3])  # [I, R, n, Q]
    patches = slide(np.moveaxis(patches, 1, -1), w.shape[2])  # [I, n, Q, r, P]
    return np.einsum("inqrp,oipq->orn", patches, w)


def group_norm(part, x, groups):
    grouped = x.reshape(groups, -1)
    grouped = grouped - grouped.mean(axis=1, keepdims=True)
    grouped = grouped / np.sqrt((grouped**2).mean(axis=1, keepdims=True) + 1e-5)
    return part.gain[:, None] * grouped.reshape(x.shape) + part.shift[:, None]


def picture(w, x):
    x = np.pad(x, ((0, 0), (1, 1), (0, 0)))
    x = np.pad(x, ((0, 0), (0, 0), (2, 0)), mode="reflect")
    x = conv2d(x, w.part("first").W) + w.part("first").b[:, None, None]
    norm = w.part("scale")
    column = (slice(None), None, None)
    x = (x - norm.running_mean[column]) / np.sqrt(norm.running_variance[column] + 1e-5)
    x = np.maximum(norm.gain[column] * x + norm.shift[column], 0)
    x = x.reshape(18, 6, 2, 5, 2).max(axis=(2, 4)).reshape(18, 30)
    x = np.pad(x, ((0, 0), (1, 0)), constant_values=0.5)
    x = conv1d(x, w.part("second").W, 2) + w.part("second").b[:, None]
    x = group_norm(w.part("groups"), x, 2)
    channels = w.part("channels")
    x = (slide(x, 2, dilation=3) * channels.W[:, None]).sum(axis=-1) + channels.b[:, None]
    squeeze, excite = (w.part("excitation").part(name) for name in ("squeeze", "excite"))
    share = np.maximum(squeeze.W @ x.mean(axis=1) + squeeze.b, 0)
    x = x * sigmoid(excite.W @ share + excite.b)[:, None]
    x = slide(x, 4).mean(axis=-1)
    return w.part("out").W @ x.reshape(-1) + w.part("out").b


def convolutions(weights, film):
    w = Instance(weights, "picture")
    return {"ys": np.stack([picture(w, x) for x in film])}


def turn(a, b, angle):
    return a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)


def causal(weights, xs, words):
    steps, width = xs.shape
    part = Instance(weights, "convolution")
    padded = np.pad(xs, ((3, 0), (0, 0)))
    x = np.stack([(padded[t : t + 4] * part.W.T).sum(axis=0) for t in range(steps)]) + part.b
    q, k = x @ weights["query.W"].T, x @ weights["key.W"].T
    places = np.arange(steps)[:, None]
    angle = places * 10000.0 ** (-2 * np.arange(6) / 12)
    q = np.stack(turn(q[:, ::2], q[:, 1::2], angle), axis=-1).reshape(steps, 12)
    k = np.concatenate(turn(k[:, :6], k[:, 6:], angle), axis=1)
    scores = np.where(places >= places.T, q @ k.T / np.sqrt(12), -np.inf)
    angle = places * 10000.0 ** (-2 * np.arange(3) / 6)
    sines = np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(steps, 6)
    slopes = 2.0 ** (-2 * (np.arange(4) + 1))
    hot = slopes[words % 4][:, None] * np.eye(6)[words]
    convolved = conv1d(np.pad(x.T, ((0, 0), (1, 1))), weights["steps.W"], 2)
    return {
        "ys": np.concatenate([softmax(scores) @ x, sines, hot], axis=1),
        "picked": x[:, words[0] % width],
        "seen": ((x > 1).any(axis=1) & ~(x > 0).all(axis=1)).astype(np.int8),
        "running": np.cumsum(x, axis=0),
        "half": convolved.mean(axis=1) + weights["steps.b"],
    }


def spectra(_, frames, odd):
    transformed = np.fft.rfft(frames)
    parts = slide(frames, 8, 4) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8))
    return {
        "power": np.abs(transformed / 20) ** 2,
        "whole": frames,
        "odd_whole": odd,
        "windows": np.abs(np.fft.rfft(parts)[..., 1] / 8) ** 2,
    }


def _convolutions():
    g = np.random.default_rng(11)
    shapes = {"picture.first.W": (18, 3, 3, 3), "picture.first.b": (18,)}
    names = "gain shift running_mean running_variance"
    shapes |= shapes_of("picture.scale", {names: (18,)})
    shapes |= {"picture.second.W": (8, 18, 3), "picture.second.b": (8,)}
    shapes |= shapes_of("picture.groups", {"gain shift": (8,)})
    shapes |= {"picture.channels.W": (8, 2), "picture.channels.b": (8,)}
    shapes |= {"picture.excitation.squeeze.W": (3, 8), "picture.excitation.squeeze.b": (3,)}
    shapes |= {"picture.excitation.excite.W": (8, 3), "picture.excitation.excite.b": (8,)}
    shapes |= {"picture.out.W": (5, 72), "picture.out.b": (5,)}
    film = {"film": normal(g, 60, 3, 12, 10)}
    return make_case("convolutions", convolutions, shapes, film, g)


def _causal():
    g = np.random.default_rng(12)
    shapes = {"convolution.W": (6, 4), "convolution.b": (6,)}
    shapes |= {"steps.W": (20, 6, 3), "steps.b": (20,), "query.W": (12, 6), "key.W": (12, 6)}
    words = g.integers(0, 6, 50).astype(np.int32)
    sequences = {"xs": normal(g, 50, 6), "words": words}
    return make_case("causal", causal, shapes, sequences, g, why_not="putting something behind")


def _spectra():
    g = np.random.default_rng(13)
    return make_case("spectra", spectra, {}, {"frames": normal(g, 60, 20), "odd": normal(g, 60, 7)}, g)


CASES = {"convolutions": _convolutions, "causal": _causal, "spectra": _spectra}
