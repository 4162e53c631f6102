#!/usr/bin/env python3
"""Trains the small character model of this folder with NumPy alone.

The model is an embedding, one LSTM and a linear layer over the 128 ASCII characters. Gradients come
from backpropagation through time written out below; `--check` compares them with finite differences.
The weights are written in PyTorch's names and layout: gates packed in the order i, f, g, o.

    python3 train.py                     train and write weights.safetensors (some minutes on one core)
    python3 train.py --check             check the gradients and stop
    python3 train.py --evaluate FILE     share of characters of FILE that the written weights expect
"""

import argparse
import json
import pathlib
import struct
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CHARACTERS, EMBEDDING, HIDDEN = 128, 16, 128


def initial_weights(generator, embedding=EMBEDDING, hidden=HIDDEN, dtype=np.float32):
    """Uniform weights of PyTorch's usual scale; the forget gate starts open (bias 1)."""

    def uniform(*shape):
        bound = 1 / np.sqrt(hidden)
        return generator.uniform(-bound, bound, shape).astype(dtype)

    weights = {
        "embedding.weight": generator.normal(0, 0.3, (CHARACTERS, embedding)).astype(dtype),
        "lstm.weight_ih_l0": uniform(4 * hidden, embedding),
        "lstm.weight_hh_l0": uniform(4 * hidden, hidden),
        "lstm.bias_ih_l0": np.zeros(4 * hidden, dtype),
        "lstm.bias_hh_l0": np.zeros(4 * hidden, dtype),
        "linear.weight": uniform(CHARACTERS, hidden),
        "linear.bias": np.zeros(CHARACTERS, dtype),
    }
    weights["lstm.bias_ih_l0"][hidden : 2 * hidden] = 1
    return weights


def sigmoid(x):
    return 0.5 * np.tanh(0.5 * x) + 0.5


def forward(weights, text):
    """Logits [T, B, 128] for characters text [T, B], and what the gradients need."""
    steps, batch = text.shape
    hidden = weights["lstm.weight_hh_l0"].shape[1]
    dtype = weights["linear.weight"].dtype
    inputs = weights["embedding.weight"][text]
    bias = weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"]
    gates = inputs @ weights["lstm.weight_ih_l0"].T + bias
    h = np.zeros((steps + 1, batch, hidden), dtype)
    c = np.zeros((steps + 1, batch, hidden), dtype)
    recurrent = weights["lstm.weight_hh_l0"].T
    for t in range(steps):
        z = gates[t]
        z += h[t] @ recurrent
        z[:, : 2 * hidden] = sigmoid(z[:, : 2 * hidden])
        z[:, 2 * hidden : 3 * hidden] = np.tanh(z[:, 2 * hidden : 3 * hidden])
        z[:, 3 * hidden :] = sigmoid(z[:, 3 * hidden :])
        i, f, g, o = np.split(z, 4, axis=1)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
    logits = h[1:] @ weights["linear.weight"].T + weights["linear.bias"]
    return logits, (inputs, gates, h, c)


def loss_and_gradients(weights, text):
    """Mean cross entropy of text[1:] given text[:-1], and its gradient for every weight."""
    seen, wanted = text[:-1], text[1:]
    steps, batch = seen.shape
    logits, (inputs, gates, h, c) = forward(weights, seen)
    hidden = h.shape[2]
    logits -= logits.max(axis=2, keepdims=True)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    place = (np.arange(steps)[:, None], np.arange(batch)[None, :], wanted)
    loss = -np.log(probabilities[place]).mean()

    d_logits = probabilities
    d_logits[place] -= 1
    d_logits /= steps * batch
    d_h_out = d_logits @ weights["linear.weight"]
    d_gates = np.empty_like(gates)
    d_h = np.zeros_like(h[0])
    d_c = np.zeros_like(c[0])
    for t in reversed(range(steps)):
        i, f, g, o = np.split(gates[t], 4, axis=1)
        tanh_c = np.tanh(c[t + 1])
        d_h = d_h + d_h_out[t]
        d_c = d_c + d_h * o * (1 - tanh_c**2)
        d_gates[t, :, :hidden] = d_c * g * i * (1 - i)
        d_gates[t, :, hidden : 2 * hidden] = d_c * c[t] * f * (1 - f)
        d_gates[t, :, 2 * hidden : 3 * hidden] = d_c * i * (1 - g**2)
        d_gates[t, :, 3 * hidden :] = d_h * tanh_c * o * (1 - o)
        d_h = d_gates[t] @ weights["lstm.weight_hh_l0"]
        d_c = d_c * f

    flat = d_gates.reshape(steps * batch, -1)
    d_bias = flat.sum(axis=0)
    d_embedding = np.zeros_like(weights["embedding.weight"])
    np.add.at(d_embedding, seen, d_gates @ weights["lstm.weight_ih_l0"])
    gradients = {
        "embedding.weight": d_embedding,
        "lstm.weight_ih_l0": flat.T @ inputs.reshape(steps * batch, -1),
        "lstm.weight_hh_l0": flat.T @ h[:-1].reshape(steps * batch, -1),
        "lstm.bias_ih_l0": d_bias,
        "lstm.bias_hh_l0": d_bias.copy(),
        "linear.weight": d_logits.reshape(steps * batch, -1).T @ h[1:].reshape(steps * batch, -1),
        "linear.bias": d_logits.sum(axis=(0, 1)),
    }
    return loss, gradients


def check_gradients():
    """Compares each gradient, in double precision, with central differences at random places."""
    generator = np.random.default_rng(1)
    weights = initial_weights(generator, embedding=5, hidden=7, dtype=np.float64)
    text = generator.integers(0, CHARACTERS, (9, 3))
    _, gradients = loss_and_gradients(weights, text)
    step, worst = 1e-5, 0.0
    for name, weight in weights.items():
        for _ in range(20):
            place = tuple(generator.integers(0, size) for size in weight.shape)
            if name == "embedding.weight":  # only the rows of characters that occur have a gradient
                place = (text[generator.integers(0, 8), generator.integers(0, 3)], place[1])
            before = weight[place]
            weight[place] = before + step
            above, _ = loss_and_gradients(weights, text)
            weight[place] = before - step
            below, _ = loss_and_gradients(weights, text)
            weight[place] = before
            numeric = (above - below) / (2 * step)
            scale = max(abs(numeric), abs(gradients[name][place]), 1e-4)
            worst = max(worst, abs(numeric - gradients[name][place]) / scale)
    print(f"largest relative difference of a gradient: {worst:.1e}")
    if worst > 1e-5:
        raise SystemExit("the gradients are wrong")


def train(text, steps, seed, batch=12, length=64, peak=5e-3):
    """Adam with a short warm-up and a cosine decay, on windows at random places of the text."""
    generator = np.random.default_rng(seed)
    weights = initial_weights(generator)
    mean = {name: np.zeros_like(weight) for name, weight in weights.items()}
    square = {name: np.zeros_like(weight) for name, weight in weights.items()}
    started = time.monotonic()
    for step in range(1, steps + 1):
        starts = generator.integers(0, len(text) - length, batch)
        window = text[starts[None, :] + np.arange(length + 1)[:, None]]
        loss, gradients = loss_and_gradients(weights, window)
        norm = np.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        shrink = min(1.0, 1.0 / norm)
        rate = peak * min(1.0, step / 100) * 0.5 * (1 + np.cos(np.pi * step / steps))
        correction = np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
        for name, weight in weights.items():
            gradient = gradients[name] * shrink
            mean[name] += 0.1 * (gradient - mean[name])
            square[name] += 0.01 * (gradient * gradient - square[name])
            weight -= (rate * correction * mean[name] / (np.sqrt(square[name]) + 1e-8)).astype(
                np.float32
            )
            if weight.ndim == 2:
                weight -= np.float32(0.01 * rate) * weight
        if step % 100 == 0 or step == steps:
            seconds = time.monotonic() - started
            print(f"step {step:5d}  loss {loss:.3f}  {seconds:4.0f} s", flush=True)
    return weights


def write_safetensors(path, tensors):
    """A little-endian length, a JSON header padded to eight bytes, and the data in the same order."""
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").tobytes())


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        first, last = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[first:last], "<f4").reshape(entry["shape"])
    return tensors


def read_text(path):
    """The characters of a file, without a newline at its end."""
    text = pathlib.Path(path).read_bytes().removesuffix(b"\n")
    characters = np.frombuffer(text, np.uint8).astype(np.int64)
    if characters.max() >= CHARACTERS:
        raise SystemExit(f"{path}: the model knows ASCII only")
    return characters


def evaluate(weights, text):
    """Share of characters, after the first, that the model expected."""
    logits, _ = forward(weights, text[:, None])
    expected = logits[:-1, 0].argmax(axis=1)
    return (expected == text[1:]).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="check the gradients and stop")
    parser.add_argument("--evaluate", metavar="FILE", help="share of right guesses on a text")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", default=HERE / "weights.safetensors")
    arguments = parser.parse_args()
    if arguments.check:
        check_gradients()
        return
    if arguments.evaluate:
        share = evaluate(read_safetensors(arguments.output), read_text(arguments.evaluate))
        print(f"{share:.1%} of the characters were expected")
        return
    text = read_text(HERE / "text.txt")
    weights = train(text, arguments.steps, arguments.seed)
    write_safetensors(arguments.output, weights)
    print(f"{evaluate(weights, text):.1%} of the characters of text.txt were expected")


if __name__ == "__main__":
    main()
