"""What a model test runs: one model, its weights, one input and the numbers expected of it."""

import dataclasses
import pathlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Expected:
    """The numbers expected of one output, and how far off (absolute) each may be.

    `exact`: how far off the interpreter in double precision may be, where that is less.
    `last_only`: only the last step is known, so only it is compared.
    """

    values: np.ndarray
    tolerance: float
    exact: float | None = None
    last_only: bool = False


@dataclasses.dataclass
class Generation:
    """What a model beside a case's own makes token by token, with the same weights and dimensions.

    `inputs` are tensors by name; `arguments` more words for the command line, such as texts.
    `tokens` are the best ones of the output: [tokens], or for a batch [batch, tokens] with zeros
    behind. `text`: what the program prints. `vocabularies` are the contents of files by name and
    suffix: {"letters.json": b"..."}.
    """

    model: str
    output: str
    tokens: np.ndarray
    inputs: dict = dataclasses.field(default_factory=dict)
    arguments: tuple = ()
    text: str | None = None
    vocabularies: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Case:
    """One model on one example.

    `sequences` are inputs with time as their first axis, `constants` the others. Outputs have time as
    their first axis, but for those that are known `at_end` only. A model that does not stream has no
    `step` entry, and `why_not` is part of the reason that the driver gives. `ignored` tensors of the
    checkpoint do not count as weights. `more`: other inputs, one example or a batch, and the numbers
    expected of them. `generations`: what models beside it make of the same weights. Of a case that has a small
    copy, only the copy is run for other target processors.
    """

    name: str
    source: pathlib.Path
    weights: object  # the path of a checkpoint, or tensors by name
    sequences: dict
    expected: dict
    model: str | None = None
    dims: dict = dataclasses.field(default_factory=dict)
    constants: dict = dataclasses.field(default_factory=dict)
    at_end: tuple = ()
    why_not: str = ""
    chunk: int = 37
    ignored: tuple = ()
    more: tuple | None = None
    generations: tuple = ()
    has_small_copy: bool = False
    golden: str = "NumPy, f64"  # where the expected numbers are from

    @property
    def streams(self):
        return not self.why_not

    @property
    def may_be_shortened(self):
        """Whether the first steps alone give the first of the numbers expected."""
        partial = self.at_end or any(wanted.last_only for wanted in self.expected.values())
        return self.streams and not partial

    @property
    def steps(self):
        return len(next(iter(self.sequences.values())))

    def prefix(self, steps):
        """The inputs of the first steps."""
        return {name: value[:steps] for name, value in self.sequences.items()} | self.constants

    def windows(self, count, steps):
        """`count` different examples of equal length, cut from this one."""
        last = self.steps - steps
        examples = []
        for number in range(count):
            start = number * last // (count - 1)
            example = {name: v[start : start + steps] for name, v in self.sequences.items()}
            for name, value in self.constants.items():
                example[name] = np.roll(value, number, axis=-1)
            examples.append(example)
        return examples
