#!/usr/bin/env python3
"""Runs every text of examples/zoo through the `gatefold` program and checks its numbers.

Each has a reference in NumPy of the same name; a text without one fails, and so does a reference
without a text. Weights and inputs are random, but the same in every run. Compiled and interpreted
code, in f32 and f64, is compared with the reference; steps and chunks with sequences, and batches
of equal and of unequal lengths with single runs, to the bit.

    zoo.py --gatefold PROGRAM NAME ...     check the texts named (all without a name)
    zoo.py --gatefold PROGRAM --rows       print their rows in the table of examples/README.md

Each row is compared with the one in the table.

Exit status: 0 all right, 1 something wrong, 77 NumPy is missing.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys
import zlib

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: the zoo's tests need NumPy (Debian: python3-numpy)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = ROOT / "examples" / "zoo"
sys.path += [str(ROOT / "test" / "models"), str(ROOT / "test" / "examples")]

import reference
import table
from driver import Driver, Failed
from text import Text
from weights import Weights

# How far off results may be, for each unit of the largest result: in single precision, and in
# double precision, in which the constants of the text are single ones.
SINGLE, DOUBLE = 1e-5, 5e-7
# Lengths of the free axes of a text, in their order; and those of a short input.
LONG, SHORT, CHUNK = (19, 11, 14), 3, 5
BATCH = 3
PROCESSES = 2


class Checks:
    """All checks of one text; failures are collected, so that one run shows them all."""

    def __init__(self, driver, name):
        self.driver, self.name = driver, name
        self.function = reference.FUNCTIONS[name]
        self.failures, self.error = [], 0.0
        self.steps, self.batches, self.ragged = "no steps", "yes", "yes"
        self.text = Text(driver, TEXTS / f"{name}.fold")
        random = np.random.default_rng(zlib.crc32(name.encode()))
        draws = getattr(self.function, "draws", {})
        self.weights = Weights(self.text.weights, draws, random)
        self.checkpoint = driver.folder / f"{name}.safetensors"
        self.weights.write(self.checkpoint)
        long = dict(zip(self.text.free(), LONG))
        short = long | dict.fromkeys(self.text.leading(), SHORT)
        self.long = [self.text.example(long, draws, random) for _ in range(BATCH)]
        self.short = self.text.example(short, draws, random)

    def check(self, holds, text):
        if not holds:
            self.failures.append(text)

    def run(self, inputs, *flags):
        """The outputs, in their order."""
        arguments = ["run", self.text.path, "--weights", self.checkpoint]
        for name, value in inputs.items():
            arguments += ["--input", f"{name}={self.driver.save(value)}"]
        files = [self.driver.folder / f"{self.name}-{name}.npy" for name in self.text.outputs]
        for name, file in zip(self.text.outputs, files):
            arguments += ["--output", f"{name}={file}"]
        self.driver.call(*arguments, *flags)
        return [np.load(file) for file in files]

    def expected(self, inputs):
        """What the reference computes, in the order of the outputs."""
        exact = {
            name: value.astype(np.float64) if value.dtype == np.float32 else value
            for name, value in inputs.items()
        }
        try:
            results = self.function(self.weights.tree, **exact)
        except Exception as error:
            raise Failed(f"the reference ends with {error!r}") from error
        results = results if isinstance(results, tuple) else (results,)
        return [np.asarray(result) for result in results]

    def near(self, label, found, expected, tolerance):
        """The largest difference; it has to lie within the tolerance."""
        largest = 0.0
        for name, values, wanted in zip(self.text.outputs, found, expected, strict=True):
            if values.shape != wanted.shape:
                shapes = f"has the shape {values.shape}, expected {wanted.shape}"
                self.check(False, f"{label}: {name} {shapes}")
                continue
            difference = float(np.abs(values.astype(np.float64) - wanted).max(initial=0.0))
            scale = float(np.abs(wanted).max(initial=0.0))
            within = difference <= tolerance * scale  # not so for a NaN
            self.check(within, f"{label}: {name} is off by {difference:.2e}")
            largest = max(largest, difference)
        return largest

    def all(self):
        batch = _stacked(self.long)
        expected = [np.stack(results) for results in zip(*map(self.expected, self.long))]
        together = self.run(batch)
        self.error = self.near("sequence", together, expected, SINGLE)
        alone = [np.stack(results) for results in zip(*map(self.run, self.long))]
        if not _same_bits(together, alone):
            self.batches = "no"
            self.check(False, "a batch differs from single runs")

        short = self.run(self.short)
        short_error = self.near("short sequence", short, self.expected(self.short), SINGLE)
        self.error = max(self.error, short_error)
        self.run_ragged(alone, short)
        for precision, tolerance in (("f32", SINGLE), ("f64", DOUBLE)):
            flags = ("--interpret", f"--precision={precision}")
            self.near(f"interpreted in {precision}", self.run(batch, *flags), expected, tolerance)
        try:
            stepped = self.run(batch, "--entry=step") + self.run(self.short, "--entry=step")
        except Failed as error:
            self.check("cannot be stepped" in str(error), f"step: {error}")
            return
        self.steps = "yes" if _same_bits(stepped, together + short) else "no"
        self.check(self.steps == "yes", "step differs from sequence")
        chunked = self.run(batch, "--chunk", CHUNK)
        self.check(_same_bits(chunked, together), "a sequence in chunks differs from a whole one")

    def run_ragged(self, alone, short):
        """The short input in a batch with long ones; what lies behind its end is not a number."""
        if not self.text.leading():
            self.ragged = "fixed sizes"
            return
        filler = np.nan if all(value.dtype == np.float32 for value in self.short.values()) else 0
        shapes = {name: value.shape for name, value in self.long[0].items()}
        padded = {name: _padded(self.short[name], shapes[name], filler) for name in shapes}
        flags = []
        for dimension, name in self.text.leading().items():
            axis = self.text.inputs[name][1].index(dimension)
            lengths = [example[name].shape[axis] for example in (*self.long, self.short)]
            flags += ["--lengths", f"{name}={self.driver.save(np.array(lengths))}"]
        together = self.run(_stacked([*self.long, padded]), *flags)
        last = [_padded(value, long.shape[1:], 0) for value, long in zip(short, alone)]
        expected = [np.concatenate([long, value[None]]) for long, value in zip(alone, last)]
        if not _same_bits(together, expected):
            self.ragged = "no"
            self.check(False, "a batch of unequal lengths differs from single runs")

    def row(self):
        """The text's row in the table of examples."""
        promises = [self.steps, self.batches, self.ragged]
        text = self.text
        return table.make_row(text.path, text.paper, self.weights.count, "NumPy, f64", self.error, promises)


def _stacked(examples):
    return {name: np.stack([example[name] for example in examples]) for name in examples[0]}


def _padded(value, shape, filler):
    """`value` in the first corner of an array of the shape given."""
    result = np.full(shape, filler, value.dtype)
    result[tuple(map(slice, value.shape))] = value
    return result


def _same_bits(left, right):
    return all(
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        for one, other in zip(left, right, strict=True)
    )


def examine(program, name):
    """The failures of one text and its row in the table, None if it could not be run."""
    with Driver(program) as driver:
        try:
            checks = Checks(driver, name)
            checks.all()
        except Failed as error:
            return [str(error)], None
    return checks.failures, checks.row()


def unpaired(names):
    """Texts without a reference, and references without a text."""
    failures = [f"{name}: no reference" for name in names if name not in reference.FUNCTIONS]
    return failures + [f"{name}: no text" for name in reference.FUNCTIONS if name not in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("--rows", action="store_true", help="print rows of the table of examples")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    texts = sorted(path.stem for path in TEXTS.glob("*.fold"))
    if unknown := set(arguments.names) - set(texts):
        parser.error(f"unknown text: {', '.join(sorted(unknown))}")
    names = arguments.names or texts
    failures = unpaired(texts) if not arguments.names else []
    known = [name for name in names if name in reference.FUNCTIONS]
    with concurrent.futures.ProcessPoolExecutor(PROCESSES) as pool:
        results = list(pool.map(examine, [arguments.gatefold] * len(known), known))
    for name, (problems, row) in zip(known, results):
        if row is not None and arguments.rows:
            print(json.dumps(row))
        elif row is not None:
            problems += table.differences(row)
        failures += [f"{name}: {problem}" for problem in problems]
    print(*failures, sep="\n", end="\n" if failures else "", file=sys.stderr)
    if not arguments.rows:
        print(f"{len(names)} texts, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
