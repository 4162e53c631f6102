#!/usr/bin/env python3
"""Runs the models of examples/tutorial on their texts and checks their numbers and promises.

Nobody trained them, so their reference is the interpreter in double precision; the one that writes
has trained weights, and its letters are those that NumPy finds.

    tutorial.py --gatefold PROGRAM             check all
    tutorial.py --gatefold PROGRAM --rows      print their rows in the table of examples/README.md

Exit status: 0 all right, 1 something wrong, 77 NumPy is missing.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: the tutorial's tests need NumPy (Debian: python3-numpy)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "tutorial"
sys.path += [str(ROOT / "test" / "models"), str(ROOT / "test" / "zoo")]

import table
from driver import Driver, Failed
from tensors import read_safetensors
from text import Text

sys.path.remove(str(ROOT / "test" / "zoo"))  # has another module called `reference`
import networks
import reference

# How far off outputs may be, for each unit of the largest number in them. Derivatives by differences
# are what a difference of 2 ^ -10 leaves of single precision, for small ones too, and a loud
# network makes an error grow like the difference itself.
TOLERANCE, OF_DIFFERENCES = 1e-5, 1e-2
DIFFERENCES = {"soft", "even", "loud", "moved", "first", "last"}
EXAMPLES, SHORTER = 3, 20
WRITTEN = 40


def read(name):
    """A text of the tutorial as tokens."""
    return np.frombuffer((FOLDER / name).read_bytes().removesuffix(b"\n"), np.uint8).astype(np.int32)


class Checks:
    """All checks of one text; failures are collected, so that one run shows them all."""

    def __init__(self, driver, path):
        self.driver, self.path = driver, path
        self.failures, self.errors, self.promises = [], {}, []
        self.text = Text(driver, path)
        self.weights = driver.folder / f"{path.stem}.safetensors"
        program = pathlib.Path(driver.program).resolve()
        environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
        command = [sys.executable, FOLDER / "weights.py", path, self.weights, "gain=1"]
        subprocess.run(command, check=True, env=environment)
        files = {"picture": "picture.txt", "target": "answer.txt"}
        whole = {name: read(files.get(name, "story.txt")) for name in self.text.inputs}
        self.examples = [
            {name: np.roll(value, 7 * number) for name, value in whole.items()}
            for number in range(EXAMPLES)
        ]

    def check(self, holds, text):
        if not holds:
            self.failures.append(text)
        return holds

    def run(self, inputs, *flags):
        """The outputs by name."""
        arguments = ["run", self.path, "--weights", self.weights]
        for name, value in inputs.items():
            arguments += ["--input", f"{name}={self.driver.save(value)}"]
        files = {name: self.driver.folder / f"{name}.npy" for name in self.text.outputs}
        for name, file in files.items():
            arguments += ["--output", f"{name}={file}"]
        self.driver.call(*arguments, *flags)
        return {name: np.load(file) for name, file in files.items()}

    def all(self):
        whole = self.run(self.examples[0])
        exact = self.run(self.examples[0], "--interpret", "--precision=f64")
        for name, values in whole.items():
            error = float(np.abs(values - exact[name]).max())
            largest = float(np.abs(exact[name]).max())
            within = TOLERANCE * largest
            if name in DIFFERENCES:
                within = OF_DIFFERENCES * max(1.0, largest)
            self.check(error <= within, f"{name} is off by {error:.1e}")
            self.errors[name] = error
        self.promises = [self.step(whole), self.batch(), self.ragged()]

    def step(self, whole):
        try:
            stepped = self.run(self.examples[0], "--entry=step")
        except Failed as error:
            self.check("cannot be stepped" in str(error), f"step: {error}")
            return "no steps"
        return self.verdict(same_bits(stepped, whole), "step differs from sequence")

    def batch(self):
        alone = stacked([self.run(example) for example in self.examples])
        same = same_bits(self.run(stacked(self.examples)), alone)
        return self.verdict(same, "a batch differs from single runs")

    def ragged(self):
        """The last example a little shorter; what pads it is no letter."""
        leading = self.text.leading()
        if not leading:
            return "fixed sizes"
        name = next(name for name in leading.values() if len(self.examples[0][name]) > SHORTER)
        length = len(self.examples[0][name]) - SHORTER
        shorter = self.examples[-1] | {name: self.examples[-1][name][:length]}
        alone = [self.run(example) for example in (*self.examples[:-1], shorter)]
        padded = self.examples[-1] | {name: np.pad(shorter[name], (0, SHORTER), constant_values=9999)}
        lengths = np.array([length + SHORTER] * (EXAMPLES - 1) + [length])
        flags = ("--lengths", f"{name}={self.driver.save(lengths)}")
        together = self.run(stacked([*self.examples[:-1], padded]), *flags)
        for output, values in alone[-1].items():
            space = [(0, more - size) for size, more in zip(values.shape, alone[0][output].shape)]
            alone[-1][output] = np.pad(values, space) if space else values
        same = same_bits(together, stacked(alone))
        return self.verdict(same, "a batch of unequal lengths differs from single runs")

    def verdict(self, holds, text):
        return "yes" if self.check(holds, text) else "no"

    def row(self):
        count = sum(tensor.size for tensor in read_safetensors(self.weights).values())
        golden = "the interpreter, f64"
        return table.make_row(self.path, "Main", count, golden, self.errors, self.promises)


class Writing:
    """The text that writes: no numbers come out of it, but letters."""

    def __init__(self, driver, path):
        self.driver, self.path = driver, path
        self.failures, self.promises = [], []
        self.weights = ROOT / "examples" / "charlm" / "weights.safetensors"

    def write(self, *starts):
        """What the model writes behind each of the texts."""
        arguments = ["run", self.path, "--weights", self.weights, "--limit", WRITTEN]
        for start in starts:
            arguments += ["--text", f"start={start}"]
        return self.driver.call(*arguments).splitlines()

    def all(self):
        starts = ("If the wind comes", "The sea", "I")
        tensors = {name: value.astype(np.float64) for name, value in read_safetensors(self.weights).items()}
        alone = []
        for start in starts:
            begun = [32, *start.encode()]
            letters = networks.greedy(
                lambda text: reference.character_logits(tensors, text)[-1], begun, WRITTEN
            )
            alone += self.write(start)
            if alone[-1] != bytes(letters.tolist()).decode():
                self.failures.append(f"behind {start!r} it writes {alone[-1]!r}")
        equal = [start[:4].ljust(4) for start in starts]
        batch = self.write(*equal) == [self.write(start)[0] for start in equal]
        ragged = self.write(*starts) == alone
        self.promises = ["every token is a step", *("yes" if same else "no" for same in (batch, ragged))]
        if not batch or not ragged:
            self.failures.append("a batch differs from single runs")

    def row(self):
        count = sum(tensor.size for tensor in read_safetensors(self.weights).values())
        return table.make_row(self.path, "Write", count, "NumPy, f64", {"text": 0.0}, self.promises)


def stacked(examples):
    return {name: np.stack([example[name] for example in examples]) for name in examples[0]}


def same_bits(left, right):
    return all(
        left[name].shape == right[name].shape and left[name].tobytes() == right[name].tobytes()
        for name in left
    )


def examine(driver, path, rows):
    """Checks one text, and prints its row or what is wrong; whether all is right."""
    generates = "generate" in path.read_text()
    checks = Writing(driver, path) if generates else Checks(driver, path)
    try:
        checks.all()
        if rows:
            print(json.dumps(checks.row()))
        else:
            checks.failures += table.differences(checks.row())
    except Failed as error:
        checks.failures.append(str(error))
    for failure in checks.failures:
        print(f"{path.name}: {failure}", file=sys.stderr)
    return not checks.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("--rows", action="store_true", help="print rows of the table of examples")
    arguments = parser.parse_args()
    with Driver(arguments.gatefold) as driver:
        paths = sorted(FOLDER.glob("*.fold"))
        return 0 if all([examine(driver, path, arguments.rows) for path in paths]) else 1


if __name__ == "__main__":
    sys.exit(main())
