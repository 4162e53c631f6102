"""Measures what each pass of the optimiser is worth.

For every model of a list, `gatefold bench` compiles a version with all passes and one without each,
in one process, and measures them in turn. The factor of a pass is the time without it divided by
the time with it, the median over all rounds.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys

MODELS = {
    "lstm": "LSTM",
    "gru": "GRU",
    "layer_norm_lstm": "LayerNorm-LSTM",
    "min_gru": "minGRU",
    "two_layers": "two LSTMs in a cell",
    "bidirectional": "bidirectional LSTM",
    "attention_decoder": "attention decoder",
    "transformer_block": "Transformer block",
    "retention": "retention, `--fast`",
}
# Their sums may have another order.
FAST = {"retention"}
FOLDER = pathlib.Path(__file__).resolve().parent / "models"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatefold", default="build/bin/gatefold", help="the program to measure")
    parser.add_argument("--models", default=",".join(MODELS), help="names of files in models/")
    parser.add_argument("--units", default="256,64", help="units of the models")
    parser.add_argument("--batches", default="1,16")
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--entry", default="sequence", choices=("sequence", "step"))
    parser.add_argument("--passes", default="each", help="those to switch off, one at a time")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--round-time", type=float, default=20, help="milliseconds")
    parser.add_argument("--json", metavar="FILE", help="write a line of JSON for each model there")
    return parser.parse_args()


def measure(arguments, model, units, batch):
    """What `gatefold bench --json` says about one model."""
    command = [
        *(arguments.gatefold, "bench", FOLDER / f"{model}.fold", "--json"),
        *(f"--dim=H={units}", f"--batch={batch}", f"--steps={arguments.steps}"),
        *(f"--entry={arguments.entry}", f"--threads={arguments.threads}"),
        *(f"--without={arguments.passes},all", f"--rounds={arguments.rounds}"),
        f"--round-time={arguments.round_time}",
        *(["--fast"] if model in FAST else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return {"name": model, "units": units, "batch": batch, **json.loads(done.stdout)}


def print_table(results):
    """A table in Markdown: a row for each model, a column for each pass."""
    columns = [version["without"] for version in results[0]["versions"][1:]]
    header = ["model", "H", "batch", "µs a step", *columns]
    print("| " + " | ".join(header) + " |")
    print("|---|" + "---:|" * (len(header) - 1))
    for result in results:
        # The least of the rounds is what the model needs when nothing else runs.
        step = result["versions"][0]["minimum"] / result["steps"]
        factors = [f"{version['factor']:.2f}" for version in result["versions"][1:]]
        name = MODELS.get(result["name"], result["name"])
        cells = [name, str(result["units"]), str(result["batch"]), f"{step:.2f}", *factors]
        print("| " + " | ".join(cells) + " |")


def main():
    arguments = parse_arguments()
    if not os.access(arguments.gatefold, os.X_OK):
        sys.exit(f"{arguments.gatefold}: not a program; give one with --gatefold")
    if arguments.entry == "step" and "bidirectional" in arguments.models:
        arguments.models = arguments.models.replace("bidirectional,", "")
    results = []
    cases = itertools.product(arguments.models.split(","), arguments.units.split(","),
                              arguments.batches.split(","))
    for model, units, batch in cases:
        results.append(measure(arguments, model, int(units), int(batch)))
        print(f"{model}, H = {units}, batch = {batch}", file=sys.stderr)
    if arguments.json:
        lines = "".join(json.dumps(result) + "\n" for result in results)
        pathlib.Path(arguments.json).write_text(lines)
    print(f"{results[0]['cpu']}, {arguments.steps} steps, {arguments.threads} thread"
          f"{'s' if arguments.threads > 1 else ''}, entry `{arguments.entry}`; "
          f"load of the machine {os.getloadavg()[0]:.1f}\n")
    print_table(results)


if __name__ == "__main__":
    main()
