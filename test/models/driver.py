"""Runs the `gatefold` program on tensors and reads back what it writes."""

import pathlib
import subprocess
import tempfile

import numpy as np

from tensors import write_safetensors


class Failed(Exception):
    """The program ended with an error; the text is what it printed."""


class Driver:
    """One program with a folder for its files; use in a `with` statement."""

    def __init__(self, program):
        self.program = str(program)

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="gatefold-models-")
        self.folder = pathlib.Path(self._folder.name)
        self._written = 0
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def call(self, *arguments):
        """What the program prints; raises Failed when it ends with an error."""
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            text = (done.stdout + done.stderr).strip()
            raise Failed(f"exit status {done.returncode} of: {' '.join(command)}\n{text}")
        return done.stdout

    def save(self, array):
        """The path of a new .npy file that holds `array`; all integers become 32-bit ones."""
        self._written += 1
        path = self.folder / f"{self._written}.npy"
        array = np.asarray(array)
        np.save(path, array.astype(np.int32) if array.dtype.kind in "iu" else array)
        return path

    def run(self, case, inputs, *flags):
        """Runs a case's model on inputs by name; the outputs by name."""
        arguments = self._arguments(case, case.model, inputs)
        files = {name: self.folder / f"output-{name}.npy" for name in case.expected}
        for name, file in files.items():
            file.unlink(missing_ok=True)
            arguments += ["--output", f"{name}={file}"]
        self.call(*arguments, *flags)
        return {name: np.load(file) for name, file in files.items()}

    def generate(self, case, generation, *flags):
        """The tokens that a model makes, and what is printed of them if a text is expected."""
        file = self.folder / "generated.npy"
        file.unlink(missing_ok=True)
        arguments = self._arguments(case, generation.model, generation.inputs)
        arguments += [*generation.arguments, *flags]
        for name, contents in generation.vocabularies.items():
            path = self.folder / name
            path.write_bytes(contents)
            arguments += ["--vocabulary", f"{path.stem}={path}"]
        self.call(*arguments, "--output", f"{generation.output}={file}")
        return np.load(file), self.call(*arguments) if generation.text is not None else None

    def _arguments(self, case, model, inputs):
        arguments = ["run", case.source]
        if model:
            arguments += ["--model", model]
        for name, size in case.dims.items():
            arguments += ["--dim", f"{name}={size}"]
        arguments += ["--weights", self._checkpoint(case)]
        for name, value in inputs.items():
            arguments += ["--input", f"{name}={self.save(value)}"]
        return arguments

    def _checkpoint(self, case):
        if not isinstance(case.weights, dict):
            return case.weights
        path = self.folder / f"{case.name}.safetensors"
        if not path.exists():
            write_safetensors(path, case.weights)
        return path
