"""The cases of the benchmark against peers, by group."""

import dataclasses
import re

import generation


@dataclasses.dataclass(frozen=True)
class Case:
    """A layer or a network, and the sequence it is run on."""

    cell: str
    steps: int  # of one call of a peer
    batch: int
    units: int
    layers: int = 1
    directions: int = 1
    calls: int = 1  # of a peer in one run, each from the memories that the one before left
    kind: str = "recurrent"  # which module makes its models

    @property
    def name(self):
        if self.kind == "network":
            return self.cell
        if self.kind == "generation":
            return self.cell + generation.describe(self)
        shape = f"{self.cell}-h{self.units}-b{self.batch}"
        if self.layers > 1:
            shape += f"-layers{self.layers}"
        if self.directions > 1:
            shape += "-bidirectional"
        if self.kind == "attention" and self.calls > 1:
            return f"{shape}-c{self.calls}"  # what a step costs hangs on how many came before
        return shape + ("-step" if self.calls > 1 else f"-t{self.steps}")

    @property
    def inputs(self):
        return self.units

    @property
    def total_steps(self):
        """The steps of one run."""
        return self.steps * self.calls

    @property
    def is_stream(self):
        return self.calls > 1


# How many steps a stream has in one run.
STREAM = 64


def _layers(cell, shapes, **more):
    return [Case(cell, steps, batch, units, **more) for units, batch, steps in shapes]


def _streams(cell, units, **more):
    return [Case(cell, 1, 1, size, calls=STREAM, **more) for size in units]


_LSTM = _layers("lstm", [
    (64, 1, 100), (128, 1, 100), (256, 1, 100), (512, 1, 50), (1024, 1, 25), (1536, 1, 25),
    (2048, 1, 25),
    (512, 2, 25), (1024, 2, 25),
    (64, 4, 100), (256, 4, 50), (512, 4, 25), (1024, 4, 25),
    (64, 16, 100), (256, 16, 50), (512, 16, 25), (1024, 16, 25),
    (256, 64, 50), (512, 64, 25), (1024, 64, 25),
])
_GRU = _layers("gru", [
    (64, 1, 100), (128, 1, 100), (256, 1, 100), (512, 1, 50), (1024, 1, 25),
    (64, 16, 100), (256, 16, 50), (512, 16, 25), (1024, 16, 25),
])
_RNN = _layers("rnn", [(256, 1, 100), (1024, 1, 25), (512, 16, 25)])
_STACKS = [
    *_layers("lstm", [(256, 1, 50), (512, 16, 25)], layers=2),
    *_layers("lstm", [(256, 1, 50)], layers=4),
    *_layers("lstm", [(256, 1, 50), (512, 16, 25)], directions=2),
]
# The inference shapes of DeepBench that are not among the others.
_DEEPBENCH = [
    *_layers("lstm", [(256, 1, 150), (256, 4, 150), (1536, 1, 50), (512, 1, 25)]),
    *_layers("gru", [(1536, 1, 187)]),
]
_CUSTOM_CELLS = ("layer_norm_lstm", "peephole_lstm", "five_gates", "min_gru", "mlstm")


def _custom():
    for cell in _CUSTOM_CELLS:
        shapes = [(256, 1, 64), (256, 16, 64)] if cell != "mlstm" else [(64, 1, 64), (64, 16, 64)]
        if cell == "layer_norm_lstm":
            shapes.append((512, 1, 64))
        yield from _layers(cell, shapes, kind="custom")


GROUPS = {
    "rnn": [*_LSTM, *_GRU, *_RNN, *_STACKS, *_DEEPBENCH],
    "custom": list(_custom()),
    "stream": [
        *_streams("lstm", (64, 128, 256, 512)),
        *_streams("gru", (128, 256)),
        *_streams("rnn", (256,)),
        *_streams("layer_norm_lstm", (256,), kind="custom"),
        *_streams("min_gru", (256,), kind="custom"),
    ],
    "attention": [
        *_layers("attention", [(512, 1, 128), (512, 1, 512), (512, 1, 2048)], kind="attention"),
        *_layers("encoder", [(512, 1, 128), (512, 8, 128)], kind="attention"),
        *(Case(f"attention_step{graph}", 1, 1, 512, calls=calls, kind="attention")
          for graph in ("", "_concat") for calls in (512, 2048)),
        # The first token, the prompt and what is made but for its last one are read.
        Case("stories260k", 1, 1, 64, calls=32 + 200, kind="generation"),
        *(Case("g2p_en", 1, batch, 256, calls=batch, kind="generation") for batch in (1, 64)),
    ],
    "models": [
        Case(name, 1, 1, 128, calls=STREAM, kind="network") for name in ("silero_vad", "dtln")
    ],
}

# Whose way from the text to the first result is timed.
COMPILED = [
    *_layers("lstm", [(256, 1, 100)]),
    *_layers("lstm", [(256, 1, 50)], layers=4),
    *_layers("layer_norm_lstm", [(256, 1, 64)], kind="custom"),
]

# The most telling rows, for somebody who has three minutes.
QUICK = (
    "lstm-h64-b1-t100", "lstm-h256-b1-t100", "lstm-h512-b1-t50", "lstm-h256-b16-t50",
    "gru-h256-b1-t100", "layer_norm_lstm-h256-b1-t64", "min_gru-h256-b1-t64",
    "lstm-h256-b1-step",
)


def choose(groups, pattern="", quick=False):
    """The cases of some groups whose names contain the pattern, each once."""
    cases = dict.fromkeys(case for group in groups for case in GROUPS[group])
    return [
        case
        for case in cases
        if re.search(pattern, case.name) and (not quick or case.name in QUICK)
    ]
