"""What the drivers of peers in Python share: commands from standard input, answers in JSON.

    load FOLDER        prepares the case in the folder (see ../case_folder.py) and runs it once
    round MS           warms up, then runs the case for so long
    output FILE        writes what the last run computed, as f32 without a header
"""

import json
import pathlib
import statistics
import sys
import time

import numpy as np

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "test" / "models"))

from cases import Case
from tensors import read_safetensors

# A sample is at least so many seconds long, since reading clocks takes time too.
_SHORTEST_SAMPLE = 100e-6


class Folder:
    """A case's folder: the case, its input and its weights."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        lines = [line.split() for line in (self.path / "case.txt").read_text().splitlines()]
        self.lines = [(line[0], line[1:]) for line in lines]
        words = {key: values[0] for key, values in self.lines if values}
        fields = Case.__dataclass_fields__
        typed = {name: int if field.type is int else str for name, field in fields.items()}
        self.case = Case(**{name: kind(words[name]) for name, kind in typed.items()})

    def read(self, name, kind=np.float32):
        return np.fromfile(self.path / name, kind)

    def read_input(self):
        return self.read("x.bin").reshape(self.case.total_steps, self.case.batch, -1)

    def read_weights(self):
        weights = read_safetensors(self.path / "weights.safetensors")
        return {name: np.array(array) for name, array in weights.items()}


class _Rounds:
    """Runs a function for some time."""

    def __init__(self, run):
        self._run, self._runs = run, 1
        while self._sample(time.perf_counter) * self._runs < _SHORTEST_SAMPLE:
            self._runs *= 2

    def _sample(self, clock):
        start = clock()
        for _ in range(self._runs):
            self._run()
        return (clock() - start) / self._runs

    def measure(self, milliseconds):
        """Microseconds of a run, the medians of all samples."""
        end = time.perf_counter() + milliseconds / 5e3
        self._run()
        while time.perf_counter() < end:
            self._run()
        wall, processor = [], []
        end = time.perf_counter() + milliseconds / 1e3
        while not wall or time.perf_counter() < end:
            start = time.process_time()
            wall.append(1e6 * self._sample(time.perf_counter))
            processor.append(1e6 * (time.process_time() - start) / self._runs)
        return {
            "wall": statistics.median(wall),
            "processor": statistics.median(processor),
            "samples": len(wall),
        }


def serve(version, load):
    """Answers commands until there are none. `load` turns a Folder into a function that runs the
    case and returns its output, and one that turns the latter into an array."""
    print(json.dumps({"version": version}), flush=True)
    run = rounds = to_array = None
    for line in sys.stdin:
        command, argument = line.split()
        try:
            answer = {}
            if command == "load":
                start = time.perf_counter()
                run, to_array = load(Folder(argument))
                loaded = time.perf_counter()
                run()
                ran = time.perf_counter()
                answer = {"callable": 1e6 * (loaded - start), "first": 1e6 * (ran - start)}
                rounds = _Rounds(run)
            elif command == "round":
                answer = rounds.measure(float(argument))
            else:
                np.asarray(to_array(run()), np.float32).tofile(argument)
        except Exception as error:  # whatever a library throws belongs into the answer
            # A compiler's message begins with places in files, which say nothing here.
            text = f"{type(error).__name__}: {error}".split(" error: ", 1)[-1]
            answer = {"error": " ".join(text.split())[:300]}
        print(json.dumps(answer), flush=True)
