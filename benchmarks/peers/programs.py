"""Programs that take turns: ours and the drivers of peers.

All answer `load`, `measure` and `compute`; a time is in microseconds of one run of the case.
"""

import json
import os
import select
import subprocess
import tempfile

import numpy as np

import case_folder
import generation
import networks


class Failed(Exception):
    """A program ended, did not answer in time, or said an error."""


class _Process:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command, environment=None):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, env={**os.environ, **(environment or {})},
        )
        self._rest = b""

    def read(self, seconds):
        """The next line that is JSON; libraries print others at times."""
        while True:
            while b"\n" not in self._rest:
                ready, _, _ = select.select([self._process.stdout], [], [], seconds)
                part = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
                if not part:
                    raise Failed(f"no answer in {seconds} s" if not ready else self._last_words())
                self._rest += part
            line, self._rest = self._rest.split(b"\n", 1)
            if not line.startswith(b"{"):
                continue
            answer = json.loads(line)
            if "error" in answer:
                raise Failed(answer["error"])
            return answer

    def ask(self, line, seconds):
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._last_words())
        return self.read(seconds)

    def _last_words(self):
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()


class Ours:
    """`gatefold bench --turns`, started anew for each case, and `gatefold run` for the numbers."""

    name = "gatefold"

    def __init__(self, program, threads, round_time):
        self._program, self._threads, self._round_time = program, threads, round_time
        self._process = None
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.version = version.stdout.split("\n")[0].split()[-1]

    def load(self, case, folder):
        self.close()
        self._process = _Process([
            *(self._program, "bench", folder / "model.fold", "--turns"),
            *("--weights", folder / "weights.safetensors", *_choose_entry(case)),
            *(f"--batch={case.batch}", f"--threads={self._threads}"),
            f"--round-time={self._round_time}",
        ])
        return self._process.read(seconds=120)

    def measure(self):
        return self._process.ask("", seconds=120)["microseconds"]

    def compile(self, case, folder, rounds):
        """Microseconds from text to machine code in a process that compiled before."""
        command = [self._program, "bench", folder / "model.fold", "--compile", "--json"]
        done = subprocess.run([*command, "--entry=sequence", f"--rounds={rounds}"],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return 1000 * json.loads(done.stdout)["phases"]["total"]["median"]

    def compute(self, case, folder, kept_code=""):
        """The output of a run [steps, batch, ...], in a process of its own; it compiles anew, or
        keeps its code in a folder for the next one. Of a generation the tokens, as f32."""
        with tempfile.TemporaryDirectory() as scratch:
            given = folder / "input.npy"
            if case.kind != "generation":
                given = f"{scratch}/x.npy"
                np.save(given, case_folder.read_input(folder, case).transpose(1, 0, 2))
            network = _find_network(case)
            names = (network.input, network.output) if network else ("x", "y")
            command = [
                *(self._program, "run", folder / "model.fold"),
                *("--weights", folder / "weights.safetensors", *_choose_model(case)),
                *("--input", f"{names[0]}={given}"),
                *("--output", f"{names[1]}={scratch}/y.npy"),
            ]
            if case.kind == "generation":
                command.append(f"--limit={network.made}")
            environment = {**os.environ, "GATEFOLD_CACHE": str(kept_code)}
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode != 0:
                raise Failed(done.stderr.strip())
            found = np.load(f"{scratch}/y.npy")
            if case.kind == "generation":
                return found.astype(np.float32)
            return np.swapaxes(found, 0, 1)

    def close(self):
        if self._process:
            self._process.close()
            self._process = None


def _find_network(case):
    module = generation if case.kind == "generation" else networks
    return module.NETWORKS.get(case.cell)


def _choose_model(case):
    network = _find_network(case)
    return ["--model", network.model] if network and network.model else []


def _choose_entry(case):
    """What `gatefold bench` measures."""
    if case.kind == "generation":
        return generation.bench_options(case)
    entry = "step" if case.is_stream else "sequence"
    return [f"--entry={entry}", f"--steps={case.total_steps}", *_choose_model(case)]


class Peer:
    """A driver of a peer: a process for all cases. `load` tells the microseconds until the case can
    be called, and until it has been for the first time."""

    def __init__(self, name, command, environment, threads, round_time):
        self.name, self._threads, self._round_time = name, threads, round_time
        self._command, self._environment = command, environment
        self._process, self.version = None, ""

    def _start(self):
        self._process = _Process(self._command, self._environment)
        self.version = self._process.read(seconds=120)["version"]

    def load(self, case, folder):
        try:
            if not self._process:
                self._start()
            return self._process.ask(f"load {folder}", seconds=180)
        except Failed:
            self.close()
            raise

    def measure(self):
        """With one thread, the lesser of the time on the clock and of the processor's: the latter
        does not see what other programs take, and counts too much where a peer has helpers."""
        try:
            times = self._process.ask(f"round {self._round_time}", seconds=180)
        except Failed:
            self.close()
            raise
        return min(times["wall"], times["processor"]) if self._threads == 1 else times["wall"]

    def compute(self, case, folder):
        """The first output of a run, flat; of a generation the tokens that it means."""
        with tempfile.NamedTemporaryFile() as file:
            self._process.ask(f"output {file.name}", seconds=180)
            found = np.fromfile(file.name, np.float32)
        return generation.choose_tokens(case, found) if case.kind == "generation" else found

    def close(self):
        if self._process:
            self._process.close()
            self._process = None
