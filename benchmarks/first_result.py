"""Measures the time from starting `gatefold run` to the first result of an LSTM.

That includes compiling, or with code that an earlier run has kept, reading it. A model, its weights and an input are made in a temporary folder. Every
round starts the program once with each, in turn, so that what disturbs the machine disturbs all
alike; `gatefold --version` shows what starting a process costs by itself. Sequences of several
lengths show that compiling does not depend on them.
"""

import argparse
import array
import json
import os
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

MODEL = """model Bench(x: [T, {units}]) -> (y: [T, {units}]) {{
  lstm = Lstm[{units}, {units}]
  return scan lstm(x)
}}
"""


def draw(generator, count, scale):
    """`count` f32 numbers around zero, as bytes."""
    return array.array("f", (generator.gauss(0, scale) for _ in range(count))).tobytes()


def write_weights(path, units, generator):
    """Writes a safetensors file with the weights of one LSTM."""
    header, contents = {}, b""
    for gate in "ifgo":
        for name, shape in (("W", [units, units]), ("U", [units, units]), ("b", [units])):
            data = draw(generator, shape[0] * (shape[1] if len(shape) == 2 else 1), units**-0.5)
            offsets = [len(contents), len(contents) + len(data)]
            entry = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
            header[f"lstm.{name}_{gate}"] = entry
            contents += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + contents)


def write_input(path, steps, units, generator):
    """Writes a sequence of shape [steps, units] as .npy."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({steps}, {units}), }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    path.write_bytes(header + draw(generator, steps * units, 1.0))


def measure(command):
    """Runs a command once; its wall time and its user and system time, in milliseconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{message.decode().strip()}")
    return 1e3 * wall, 1e3 * (usage.ru_utime + usage.ru_stime)


def measure_phases(command):
    """The phases that `gatefold run --time` tells, in milliseconds by name."""
    done = subprocess.run([*command, "--time"], capture_output=True, text=True, check=True)
    phases = {}
    for line in done.stderr.splitlines():
        words = line.split()
        if len(words) >= 3 and words[-1] == "ms":
            phases[" ".join(words[:-2])] = float(words[-2])
    return phases


def summarize(samples):
    """Minimum, median and maximum of wall and CPU times."""
    result = {}
    for name, values in zip(("wall", "cpu"), zip(*samples)):
        result[name] = {
            "min": min(values),
            "median": statistics.median(values),
            "max": max(values),
        }
    return result


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatefold", default="build/bin/gatefold", help="the program to measure")
    parser.add_argument("--units", type=int, default=256, help="units of the LSTM, and its inputs")
    parser.add_argument("--lengths", default="1,100,10000", help="lengths of sequences")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args()


def run(arguments):
    """All measurements as a dictionary."""
    tool = pathlib.Path(arguments.gatefold).resolve()
    if not os.access(tool, os.X_OK):
        sys.exit(f"{tool}: not a program; give one with --gatefold")
    generator = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="gatefold-first-result-") as name:
        folder = pathlib.Path(name)
        os.environ["GATEFOLD_CACHE"] = str(folder / "cache")
        (folder / "bench.fold").write_text(MODEL.format(units=arguments.units))
        write_weights(folder / "weights.safetensors", arguments.units, generator)
        commands = {"--version": [tool, "--version"]}
        for steps in map(int, arguments.lengths.split(",")):
            write_input(folder / f"x{steps}.npy", steps, arguments.units, generator)
            commands[f"run, T = {steps}"] = [
                *(tool, "run", folder / "bench.fold"),
                *("--weights", folder / "weights.safetensors"),
                *("--input", f"x={folder / f'x{steps}.npy'}"),
                "--no-cache",
            ]
            commands[f"kept, T = {steps}"] = commands[f"run, T = {steps}"][:-1]
        samples = {case: [] for case in commands}
        phases = {case: [] for case in commands if case != "--version"}
        for command in commands.values():
            measure(command)  # brings all files into memory
        for _ in range(arguments.rounds):
            for case, command in commands.items():
                samples[case].append(measure(command))
            for case, rows in phases.items():
                rows.append(measure_phases(commands[case]))
    version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
    return {
        "tool": str(tool),
        "version": version.stdout.strip(),
        "units": arguments.units,
        "rounds": arguments.rounds,
        "load": os.getloadavg()[0],
        "processes": {case: summarize(rows) for case, rows in samples.items()},
        "phases": {
            case: {phase: statistics.median(row[phase] for row in rows) for phase in rows[0]}
            for case, rows in phases.items()
        },
    }


def print_row(name, cells):
    print(f"{name:<26}" + "".join(f"{cell:>13}" for cell in cells))


def print_tables(results):
    print(f"{results['tool']} ({results['version'].splitlines()[0]})")
    print(f"LSTM of {results['units']} units, {results['rounds']} rounds, milliseconds; "
          f"load of the machine {results['load']:.1f}\n")
    columns = [(time, kind) for time in ("wall", "cpu") for kind in ("min", "median", "max")]
    print_row("process", [" ".join(column) for column in columns])
    for case, rows in results["processes"].items():
        print_row(case, [f"{rows[time][kind]:.1f}" for time, kind in columns])
    phases = results["phases"]
    print()
    print_row("phase, median of wall", [case.removeprefix("run, ") for case in phases])
    for name in dict.fromkeys(name for rows in phases.values() for name in rows):
        print_row(name, [f"{rows.get(name, 0):.2f}" for rows in phases.values()])


def main():
    arguments = parse_arguments()
    results = run(arguments)
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        print_tables(results)


if __name__ == "__main__":
    main()
