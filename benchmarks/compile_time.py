"""Measures how long compiling takes, once the process has compiled before, against what it may take.

`gatefold bench --compile` compiles each model again and again in one process: from its text to
machine code in memory, with all its entries.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What is measured: a name, the text and its model, and the most milliseconds.
CASES = [
    ("LSTM", "benchmarks/models/lstm.fold", "Main", 40),
    ("two LSTMs", "benchmarks/models/two_layers.fold", "Main", 40),
    ("attention decoder", "benchmarks/models/attention_decoder.fold", "Main", None),
    ("Transformer block", "benchmarks/models/transformer_block.fold", "Main", None),
    ("stories260K, five layers", "examples/stories260k.fold", "Story", 250),
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatefold", default="build/bin/gatefold", help="the program to measure")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--disable-pass", help="passes of the optimiser to leave out")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each model")
    return parser.parse_args()


def measure(arguments, path, model):
    """What `gatefold bench --compile --json` says about one model."""
    command = [
        *(arguments.gatefold, "bench", ROOT / path, "--model", model, "--compile", "--json"),
        f"--rounds={arguments.rounds}",
    ]
    if arguments.disable_pass:
        command.append(f"--disable-pass={arguments.disable_pass}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def main():
    arguments = parse_arguments()
    if not os.access(arguments.gatefold, os.X_OK):
        sys.exit(f"{arguments.gatefold}: not a program; give one with --gatefold")
    if not arguments.json:
        print("| milliseconds | text | passes | code | total, min | median | processor | limit |")
        print("|---|" + "---:|" * 7)
    for name, path, model, limit in CASES:
        result = measure(arguments, path, model)
        if arguments.json:
            print(json.dumps({"name": name, "limit": limit, **result}))
            continue
        phases, total = result["phases"], result["phases"]["total"]
        cells = [phases[phase]["minimum"] for phase in ("text", "passes", "code", "total")]
        cells += [total["median"], total["processorMinimum"]]
        print(f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + f" | {limit or ''} |")
    if not arguments.json:
        print(f"\n{os.cpu_count()} cores, load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
