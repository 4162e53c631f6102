"""Measures what each pass of the optimiser is worth.

For every model of a list, `gatefold bench` compiles a version with all passes and one without each,
in one process, and measures them in turn. The factor of a pass is the time without it divided by
the time with it, the median over all rounds. What `parallelize` brings is measured with two threads.
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
# `derive-prefill` and `hoist-fixed` are about entries that are not measured here, `share-loops` about
# compiling.
PASSES = ("fuse-gates,pack-weights,fuse-attention,linear-recurrence,distribute-scan,"
          "fuse-elementwise,plan-memory,parallelize")
# One thread has nothing to share.
FOR_THREADS = "parallelize"
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
    parser.add_argument("--passes", default=PASSES, help="those to switch off, one at a time")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--round-time", type=float, default=20, help="milliseconds")
    parser.add_argument("--write", metavar="PAGE", type=pathlib.Path,
                        help="put the table there, between `<!-- begin ablation -->` and "
                             "`<!-- end ablation -->`")
    parser.add_argument("--json", metavar="FILE", help="write a line of JSON for each model there")
    return parser.parse_args()


def run(arguments, model, units, batch, threads, passes):
    """What `gatefold bench --json` says about one model."""
    command = [
        *(arguments.gatefold, "bench", FOLDER / f"{model}.fold", "--json"),
        *(f"--dim=H={units}", f"--batch={batch}", f"--steps={arguments.steps}"),
        *(f"--entry={arguments.entry}", f"--threads={threads}"),
        *(f"--without={passes}", f"--rounds={arguments.rounds}"),
        f"--round-time={arguments.round_time}",
        *(["--fast"] if model in FAST else []),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def measure(arguments, model, units, batch):
    """All versions of one model; that without threads comes from a run with two."""
    passes = arguments.passes.split(",")
    alone = [name for name in passes if name != FOR_THREADS] + ["all"]
    result = run(arguments, model, units, batch, arguments.threads, ",".join(alone))
    if FOR_THREADS in passes:
        threads = max(arguments.threads, 2)
        shared = run(arguments, model, units, batch, threads, FOR_THREADS)
        result["versions"].insert(-1, shared["versions"][1])
    return {"name": model, "units": units, "batch": batch, **result}


def make_table(results):
    """A table in Markdown: a row for each model, a column for each pass."""
    columns = [version["without"] for version in results[0]["versions"][1:]]
    header = ["model", "H", "batch", "µs a step", *columns]
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    for result in results:
        # The least of the rounds is what the model needs when nothing else runs.
        step = result["versions"][0]["minimum"] / result["steps"]
        factors = [f"{version['factor']:.2f}" for version in result["versions"][1:]]
        name = MODELS.get(result["name"], result["name"])
        cells = [name, str(result["units"]), str(result["batch"]), f"{step:.2f}", *factors]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_table(page, table):
    """Puts the table into a page."""
    begin, end = "<!-- begin ablation -->\n", "<!-- end ablation -->"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        sys.exit(f"{page} has no `{begin.strip()}` and `{end}`")
    written = page.with_suffix(".tmp")
    written.write_text(before + begin + "\n" + table + "\n\n" + end + after)
    written.rename(page)


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
    table = make_table(results)
    print(table)
    if arguments.write:
        write_table(arguments.write, table)


if __name__ == "__main__":
    main()
