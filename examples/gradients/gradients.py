#!/usr/bin/env python3
"""How far does a small change of the first input reach? Draws it for an RNN and an LSTM.

    python3 gradients.py                    draws docs/pictures/gradients.svg, with `gatefold` from the path
    python3 gradients.py --output x.svg     draws another file
    python3 gradients.py --text             prints a table

Both networks are texts of the zoo with random weights. Each runs once, compiled, on a batch: a random sequence, and
the same with its first input moved a little in several directions. How far the outputs are apart, divided by how far
the input was moved, is the length of the derivative, averaged over directions.
"""

import argparse
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ZOO, WEIGHTS = HERE.parent / "zoo", HERE.parent / "tutorial" / "weights.py"
STEPS, INPUTS, DIRECTIONS, AMOUNT = 200, 6, 32, 2.0**-8

# What is drawn: a title, the text, and what its weights are besides random.
NETWORKS = (
    ("RNN, recurrent weights × 0.9", "rnn.fold", ["U*0.9"], "#9ecae1"),
    ("RNN, recurrent weights × 1", "rnn.fold", [], "#4292c6"),
    ("RNN, recurrent weights × 3", "rnn.fold", ["U*3"], "#08306b"),
    ("LSTM, gates half open", "lstm.fold", [], "#fc9272"),
    ("LSTM, forget gates open", "lstm.fold", ["b_f=6", "b_i=-3"], "#cb181d"),
)


def make_sequences():
    """[1 + DIRECTIONS, STEPS, INPUTS]: the first as it is, the others with another first input."""
    generator = np.random.default_rng(1)
    batch = np.repeat(generator.normal(0, 0.3, (1, STEPS, INPUTS)), 1 + DIRECTIONS, 0)
    directions = generator.normal(size=(DIRECTIONS, INPUTS))
    batch[1:, 0] += AMOUNT * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return batch.astype(np.float32)


def measure(text, settings, folder):
    """The mean length of the derivative of each output by the first input: [STEPS]."""
    weights, inputs, outputs = (folder / name for name in ("w.safetensors", "x.npy", "y.npy"))
    subprocess.run([sys.executable, WEIGHTS, ZOO / text, weights, *settings], check=True)
    np.save(inputs, make_sequences())
    command = ["gatefold", "run", ZOO / text, "--weights", weights, "--input", f"x={inputs}"]
    subprocess.run([*command, "--output", f"y={outputs}"], check=True)
    y = np.load(outputs).astype(np.float64)
    return np.linalg.norm(y[1:] - y[:1], axis=2).mean(axis=0) / AMOUNT


def path_of(lengths, place):
    """A line through all steps; where nothing is left of the change, it ends."""
    points, pen = "", "M"
    for step, length in enumerate(lengths):
        if length > 0:
            x, y = place(step, math.log10(length))
            points += f"{pen}{x:.1f} {y:.1f}"
        pen = "L" if length > 0 else "M"
    return points


def draw(curves):
    """The picture as SVG: steps to the right, lengths up, each line of the grid a factor of 100."""
    left, top, width, height, low, high = 70, 20, 600, 320, -7, 2

    def place(step, exponent):
        exponent = min(max(exponent, low), high)
        return left + width * step / STEPS, top + height * (high - exponent) / (high - low)

    below = top + height + 24 * len(curves) + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 30}" height="{below}"'
        f' viewBox="0 0 {left + width + 30} {below}" font-family="sans-serif" font-size="13">',
        "<title>How far a small change of the first input reaches</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for exponent in range(low + 1, high + 1, 2):
        y = place(0, exponent)[1]
        parts.append(f'<path d="M{left} {y:.1f}h{width}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">1e{exponent}</text>')
    for step in range(0, STEPS + 1, 50):
        x = place(step, low)[0]
        parts.append(f'<text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{step}</text>')
    for number, (title, color, lengths) in enumerate(curves):
        y = top + height + 48 + 24 * number
        parts.append(f'<path d="{path_of(lengths, place)}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<path d="M{left} {y - 4}h30" stroke="{color}" stroke-width="3"/>')
        parts.append(f'<text x="{left + 40}" y="{y}">{title}</text>')
    return "\n".join([*parts, "</svg>", ""])


def print_table(curves):
    shown = range(0, STEPS, 33)
    print(f"{'step':32}" + "".join(f"{step:>10}" for step in shown))
    for title, _, lengths in curves:
        print(f"{title:32}" + "".join(f"{lengths[step]:10.1e}" for step in shown))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--text", action="store_true", help="print a table instead of drawing")
    parser.add_argument("--output", type=pathlib.Path, default=HERE.parents[1] / "docs/pictures/gradients.svg")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        curves = [
            (title, color, measure(text, settings, pathlib.Path(folder)))
            for title, text, settings, color in NETWORKS
        ]
    if arguments.text:
        print_table(curves)
        return
    scratch = arguments.output.with_suffix(".new")
    scratch.write_text(draw(curves), encoding="utf-8")
    os.replace(scratch, arguments.output)


if __name__ == "__main__":
    main()
