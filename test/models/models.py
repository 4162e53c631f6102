#!/usr/bin/env python3
"""Runs whole models through the `gatefold` program and checks their numbers.

Each model is compared with numbers made by others (its authors, another framework, or NumPy), within a
tolerance. Then the promises of exactness are held to the bit: a step at a time, in chunks, in a batch, on
several threads, on other target processors.

    models.py --gatefold PROGRAM NAME ...     check the models named (all without a name)
    models.py --gatefold PROGRAM --rows       print what test/examples/table.py needs to know
    models.py --list                          print the names

Exit status: 0 all right, 1 something wrong, 77 the weights are not on this machine.
"""

import argparse
import json
import pathlib
import sys

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: the model tests need NumPy (Debian: python3-numpy)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "test" / "examples"))

import corpus
import library
import networks
import reference
import table
from driver import Driver, Failed
from tensors import read_safetensors

CASES = reference.CASES | library.CASES | networks.CASES | corpus.CASES
SKIPPED = 77

# The batch of the exactness checks, and how many steps its examples and the interpreter's input have.
BATCH = 7
WINDOW = 40
INTERPRETED = 80


def differences(outputs, expected, steps=None):
    """The largest absolute difference of every output that numbers are expected of, by name.

    `steps`: only so many steps were run.
    """
    largest = {}
    for name, wanted in expected.items():
        found, values = outputs[name].astype(np.float64), np.asarray(wanted.values)
        if wanted.last_only:
            found = found[-1]
        elif steps is not None and values.ndim > 0:
            values = values[:steps]
        if found.shape != values.shape:
            raise Failed(f"output {name} has shape {found.shape}, expected {values.shape}")
        largest[name] = float(np.abs(found - values).max())
    return largest


def same_bits(left, right):
    """Whether all outputs are equal to the last bit."""
    return all(
        left[name].dtype == right[name].dtype
        and left[name].shape == right[name].shape
        and left[name].tobytes() == right[name].tobytes()
        for name in left
    )


def stacked(examples):
    """Inputs or outputs of several examples as those of one batch."""
    return {name: np.stack([example[name] for example in examples]) for name in examples[0]}


class Checks:
    """All checks of one case; failures are collected, so that one run shows them all."""

    def __init__(self, driver, case):
        self.driver, self.case = driver, case
        self.count, self.failures, self.errors = 0, [], {}

    def check(self, holds, text):
        self.count += 1
        if not holds:
            self.failures.append(text)

    def attempt(self, label, function, *arguments):
        """Calls a group of checks; an error of the program is one failure."""
        try:
            return function(*arguments)
        except Failed as error:
            self.check(False, f"{label}: {error}")
            return None

    def run(self, inputs, *flags):
        return self.driver.run(self.case, inputs, *flags)

    def promises(self):
        """What the table of examples tells; the outputs of the whole sequence, or None."""
        case = self.case
        whole = self.attempt("sequence", self.sequence)
        if case.more is not None:
            self.attempt("more inputs", self.more_inputs)
        self.kept = ["no steps"]
        if case.streams:
            self.kept = [self.verdict("step", self.step, whole)]
        self.kept.append(self.verdict("batch", self.batch))
        self.attempt("threads", self.threads)
        self.kept.append(self.verdict("ragged batch", self.ragged))
        return whole

    def verdict(self, label, function, *arguments):
        """Whether a group of checks holds, as the table says it."""
        before = len(self.failures)
        self.attempt(label, function, *arguments)
        return "yes" if len(self.failures) == before else "no"

    def row(self):
        """The case's row in the table of examples."""
        case = self.case
        tensors = read_safetensors(case.weights)
        weights = sum(t.size for name, t in tensors.items() if name not in case.ignored)
        return table.make_row(case.source, case.name, weights, case.golden, self.errors, self.kept)

    def all(self):
        case = self.case
        whole = self.promises()
        self.attempt("interpreter", self.interpreter)
        if whole is not None:
            if case.streams:
                self.attempt("chunks", self.chunks, whole)
            else:
                self.no_step()
            self.attempt("compare", self.compare, whole)
        for cpu in other_processors() if not case.has_small_copy else ():
            self.attempt(cpu, self.processor, cpu)
        if case.generations:
            self.attempt("generation", self.generation)
        if case.name.startswith("ml5_charrnn_"):
            self.attempt("greedy", self.greedy)

    def within(self, label, outputs, expected, steps=None, exact=False):
        """Checks outputs against the numbers expected; `exact`: they come from double precision."""
        errors = differences(outputs, expected, steps)
        for name, error in errors.items():
            tolerance = expected[name].tolerance
            if exact and expected[name].exact is not None:
                tolerance = expected[name].exact
            # Written so that a NaN fails.
            self.check(error <= tolerance, f"{label}: `{name}` is off by {error:.2e}")
        return errors

    def note(self, errors):
        """Remembers errors of compiled code for the table."""
        for name, error in errors.items():
            self.errors[name] = max(error, self.errors.get(name, 0.0))

    def sequence(self):
        outputs = self.run(self.case.prefix(self.case.steps), "--entry=sequence")
        self.note(self.within("sequence", outputs, self.case.expected))
        return outputs

    def interpreter(self):
        case = self.case
        short = case.may_be_shortened
        steps = min(INTERPRETED, case.steps) if short else case.steps
        for precision in ("f32", "f64"):
            flags = ("--interpret", f"--precision={precision}")
            outputs = self.run(case.prefix(steps), *flags)
            label = f"interpreter in {precision}"
            known = steps if short else None
            self.within(label, outputs, case.expected, known, exact=precision == "f64")

    def step(self, whole):
        if whole is None:
            raise Failed("there is no sequence to compare with")
        outputs = self.run(self.case.prefix(self.case.steps), "--entry=step")
        self.check(same_bits(outputs, whole), "step differs from sequence")

    def no_step(self):
        """A model that cannot be stepped is refused with the reason."""
        try:
            self.run(self.case.prefix(self.case.steps), "--entry=step")
            self.check(False, "step: a model that cannot be stepped ran")
        except Failed as error:
            found = "cannot be stepped" in str(error) and self.case.why_not in str(error)
            self.check(found, f"step: expected `{self.case.why_not}` as the reason: {error}")

    def chunks(self, whole):
        for entry in ("sequence", "step"):
            flags = (f"--entry={entry}", "--chunk", self.case.chunk)
            outputs = self.run(self.case.prefix(self.case.steps), *flags)
            self.check(same_bits(outputs, whole), f"chunks of {entry} differ from the whole")

    def compare(self, whole):
        """The program's own comparison agrees with ours."""
        for name, wanted in self.case.expected.items():
            if wanted.last_only or wanted.tolerance == 0:
                continue
            files = [self.driver.save(whole[name])]
            files.append(self.driver.save(np.asarray(wanted.values, np.float32)))
            self.driver.call("compare", *files, "--rtol", 0, "--atol", 1.01 * wanted.tolerance)
            different = not np.array_equal(whole[name], np.asarray(wanted.values, np.float32))
            try:
                self.driver.call("compare", *files, "--rtol", 0, "--atol", 0)
                self.check(not different, f"compare sees no difference in {name}")
            except Failed:
                self.check(different, f"compare sees a difference in {name}")

    def batch(self, *flags):
        label = " ".join(("batch", *flags))
        examples = self.case.windows(BATCH, min(WINDOW, self.case.steps - BATCH))
        together = self.run(stacked(examples), "--threads", 1, *flags)
        alone = stacked([self.run(example, *flags) for example in examples])
        self.check(same_bits(together, alone), f"{label}: differs from single runs")
        self.check(
            same_bits(self.run(stacked(examples), "--threads", 2, *flags), together),
            f"{label}: two threads differ from one",
        )
        if self.case.streams:
            stepped = self.run(stacked(examples), "--entry=step", *flags)
            self.check(same_bits(stepped, together), f"{label}: step differs from sequence")

    def threads(self):
        """Threads share the work of one example, however little it is, and change nothing."""
        example = self.case.windows(BATCH, min(WINDOW, self.case.steps - BATCH))[0]
        alone = self.run(example)
        flags = ("--wait-for-threads", "--pass-option=parallelize=grain=0")
        for entry in ("sequence", "step") if self.case.streams else ("sequence",):
            for threads in (1, 2, 3):
                found = self.run(example, f"--entry={entry}", "--threads", threads, *flags)
                label = f"{threads} threads share a {entry}"
                self.check(same_bits(found, alone), f"{label}: differs from one alone")

    def ragged(self):
        """Examples of unequal lengths are computed as if each were alone, whatever pads them."""
        steps = min(WINDOW, self.case.steps - BATCH)
        examples = self.case.windows(BATCH, steps)
        lengths = np.array([steps, 1, steps // 2, steps - 1, 2, steps, steps // 3 + 1])
        alone = []
        for example, length in zip(examples, lengths):
            short = {name: example[name][:length] for name in self.case.sequences}
            alone.append(self.run(example | short))
            for name, value in short.items():
                padding = np.nan if value.dtype.kind == "f" else 1_000_000
                example[name] = np.full_like(example[name], padding)
                example[name][:length] = value
        first = next(iter(self.case.sequences))
        flags = ("--lengths", f"{first}={self.driver.save(lengths)}")
        together = self.run(stacked(examples), *flags)
        for name, values in together.items():
            padded = np.zeros_like(values)
            for number, single in enumerate(alone):
                over_time = single[name].ndim > 0 and len(single[name]) == lengths[number]
                place = (number, slice(lengths[number])) if over_time else number
                padded[place] = single[name]
            same = same_bits({name: values}, {name: padded})
            self.check(same, f"ragged batch: `{name}` differs from single runs")

    def generation(self):
        """Tokens made one by one are those that others found, by all strategies that keep the best."""
        strategies = ((), ("--strategy=beam", "--beam-width=1"), ("--strategy=sample", "--top-k=1"))
        for generation in self.case.generations:
            for flags in strategies:
                label = " ".join((generation.model, *map(str, generation.arguments[:6]), *flags))
                tokens, printed = self.driver.generate(self.case, generation, *flags)
                same = np.array_equal(tokens, generation.tokens)
                self.check(same, f"{label}: made {tokens.tolist()}")
                if generation.text is not None:
                    self.check(printed == generation.text, f"{label}: printed {printed!r}")

    def processor(self, cpu):
        flag = f"--target-cpu={cpu}"
        outputs = self.run(self.case.prefix(self.case.steps), flag)
        self.within(cpu, outputs, self.case.expected)
        self.batch(flag)

    def more_inputs(self):
        inputs, expected = self.case.more
        self.note(self.within("more inputs", self.run(inputs), expected))

    def greedy(self):
        """Where the best character leads clearly, it is the one that others found."""
        ids, seed, margins = corpus.charrnn_greedy(self.case.name.removeprefix("ml5_charrnn_"))
        logits = self.run({"ids": ids[:-1]})["logits"]
        clear = margins > 1e-2
        found = logits[seed - 1 :].argmax(axis=1)
        self.check((found == ids[seed:])[clear].all(), "greedy: another character leads")


def other_processors():
    """Target processors besides the host's whose code this machine can run."""
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    except OSError:
        flags = []
    return ["x86-64"] + (["haswell"] if {"avx2", "fma", "bmi2"} <= set(flags) else [])


def row(driver, name):
    """A model's row in the table of examples, as JSON; whether its promises hold. Others have none."""
    case = CASES[name]()
    if isinstance(case.weights, dict):
        return True
    checks = Checks(driver, case)
    checks.promises()
    print(json.dumps(checks.row()), flush=True)
    for failure in checks.failures:
        print(f"{name}: {failure}", file=sys.stderr)
    return not checks.failures


def check(driver, name):
    """Checks one model and prints a line, or more if something is wrong; whether all is right."""
    case = CASES[name]()
    checks = Checks(driver, case)
    checks.all()
    if not isinstance(case.weights, dict):
        for difference in table.differences(checks.row()):
            checks.check(False, difference)
    for failure in checks.failures:
        print(f"{name}: {failure}")
    error = max(checks.errors.values(), default=float("nan"))
    right = checks.count - len(checks.failures)
    print(f"{name}: {right} of {checks.count} checks passed, largest error {error:.1e}", flush=True)
    return not checks.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("--rows", action="store_true", help="print a JSON object for each example")
    parser.add_argument("--list", action="store_true", help="print the names of the models")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(CASES):
        parser.error(f"unknown model: {', '.join(sorted(unknown))}; --list prints the names")
    if arguments.list:
        print("\n".join(CASES))
        return 0
    names = arguments.names or list(CASES)
    if corpus.folder() is None:
        missing = [name for name in names if name in corpus.CASES]
        names = [name for name in names if name not in corpus.CASES]
        if missing:
            print(
                "skipped: the trained networks are not on this machine; "
                f"GATEFOLD_CORPUS names their folder ({', '.join(missing)})",
                file=sys.stderr if arguments.rows else sys.stdout,
            )
        if not names:
            return SKIPPED
    with Driver(arguments.gatefold) as driver:
        if arguments.rows:
            return 0 if all([row(driver, name) for name in names]) else 1
        return 0 if all([check(driver, name) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
