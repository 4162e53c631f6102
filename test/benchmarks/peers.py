#!/usr/bin/env python3
"""Checks the benchmark against peers without any peer: its cases, tables, limits and a short run.

    peers.py --gatefold PROGRAM

Exit status: 0 all right, 1 something wrong, 77 NumPy is missing.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: the benchmark needs NumPy (Debian: python3-numpy)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "benchmarks" / "peers"
sys.path[1:1] = [str(PEERS), str(ROOT / "test" / "models")]

import case_folder
import cases
import custom
import install
import limits
import measure
import programs
import recurrent
import report

LIMITS = {
    1: {"threads": 1, "gflops": 100, "reading": [[1 << 10, 200], [1 << 20, 100]], "barrier": 0},
    2: {"threads": 2, "gflops": 200, "reading": [[1 << 10, 400], [1 << 20, 200]], "barrier": 50},
}


def check(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}")


def check_cases():
    every = cases.choose(cases.GROUPS)
    names = [case.name for case in every]
    check(len(set(names)), len(names), "names of cases that differ")
    quick = cases.choose(cases.GROUPS, quick=True)
    check(sorted(case.name for case in quick), sorted(cases.QUICK), "quick cases")
    chosen = [case.name for case in cases.choose(["stream"], "^gru-h128")]
    check(chosen, ["gru-h128-b1-step"], "chosen cases")


def check_limits():
    lstm, = cases.choose(["rnn"], "^lstm-h256-b1-t100$")
    check(limits.count_work(lstm), (2 * 8 * 256**2, 4 * 4 * 256**2), "work of an LSTM")
    check(round(limits.find_limit(lstm, LIMITS[1]), 3), 10.486, "its limit, which is arithmetic")
    check(round(limits.find_limit(lstm, LIMITS[2]), 3), 5.243, "its limit with two threads")
    step, = cases.choose(["stream"], "^lstm-h256")
    check(limits.count_work(step)[1], 2 * limits.count_work(lstm)[1], "bytes of a step")
    best = limits.keep_best(LIMITS, {n: {**limit, "gflops": 150} for n, limit in LIMITS.items()})
    check([limit["gflops"] for limit in best.values()], [150, 200], "the better limits")


def check_layouts():
    """A gate's weights must be the same numbers in every peer's layout."""
    gru, = cases.choose(["rnn"], "^gru-h64-b1-t100$")
    weights = recurrent.make_weights(gru, np.random.default_rng(0))
    torch, onednn = recurrent.make_torch(gru, weights), recurrent.make_onednn(gru, weights)
    update = weights["forward0.U_z"]
    check((torch["weight_hh_l0"][64:128] == update).all(), True, "torch's update gate")
    check((onednn["onednn-U0.bin"][0, 0, :, 0] == update.T).all(), True, "oneDNN's update gate")
    bias = onednn["onednn-b0.bin"][0, 0, 3]
    check((bias == weights["forward0.c_n"]).all(), True, "oneDNN's bias")
    for case in cases.choose(["custom"]):
        made = custom.make_weights(case, np.random.default_rng(0))
        text = custom.make_text(case)
        check(f"[H = {case.units}]" in text, True, f"the size of {case.name}")
        check(all(np.isfinite(array).all() for array in custom.make_constants(case, made).values()),
              True, f"constants of {case.name}")


def check_report():
    result = {
        "case": "lstm", "threads": 1, "limit": 1.0, "left_out": {"slow": "too slow"},
        "microseconds": {"gatefold": [2, 4, 3], "b": [9, 6, 6], "a": [200, 300, 250]},
        "ratios": [4.5, 1.5, 2.0],
    }
    row = ["lstm", "1", "3.00", "b", "6.00", "2.00", "33 %", "a 250"]
    check(report.make_row(result), row, "a row")
    lines = report.format_table([["lstm", "1.50"], ["a", "10"]], ["case", "time"]).splitlines()
    table = ["| case | time |", "|------|-----:|", "| lstm | 1.50 |", "| a    |   10 |"]
    check(lines, table, "a table")
    check(report.count_verdicts([result]), "1 faster, 0 about equal, 0 slower, of 1", "verdicts")
    check(report.list_left_out([result]), ["slow: too slow (lstm)"], "what is left out")


# A peer that answers what it finds in a file, from a driver like the others.
IMITATION = """
import sys
sys.path.insert(1, {drivers!r})
import driver
driver.serve("1.0", lambda folder: (lambda: folder.read({answer!r}), lambda array: array))
"""


def check_turns(program):
    """Peers that are right, wrong, and broken take turns with ours."""
    case, = cases.choose(["stream"], "^gru-h128")
    with tempfile.TemporaryDirectory() as scratch:
        folder = case_folder.make(case, scratch, with_onnx=False)
        ours = programs.Ours(program, threads=1, round_time=1)
        answer = ours.compute(case, folder)
        answer.tofile(folder / "right.bin")
        (answer + 1).tofile(folder / "wrong.bin")
        taking_part = [ours]
        for name in ("right", "wrong", "missing"):
            script = pathlib.Path(scratch, f"{name}.py")
            script.write_text(IMITATION.format(drivers=str(install.DRIVERS), answer=f"{name}.bin"))
            taking_part.append(programs.Peer(name, [sys.executable, script], {}, 1, 1))
        result = measure.measure(case, folder, taking_part, 2, measure.Waiting(0))
        for each in taking_part:
            each.close()
    check(sorted(result["microseconds"]), ["gatefold", "right"], "who took part")
    check([len(times) for times in result["microseconds"].values()], [2, 2], "their rounds")
    check(result["ratios"][0] > 0, True, "a ratio")
    check(result["left_out"]["wrong"], "computes something else, 1 apart", "why one is left out")
    check("FileNotFoundError" in result["left_out"]["missing"], True, "why another one is")


def check_drivers():
    """Those that need no library to compile."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("limits", "onnxruntime_driver"):
            try:
                install.compile_driver(pathlib.Path(folder), name, ["-Wall", "-Werror", "-ldl"])
            except install.Unavailable as error:
                check(str(error), "no C++ compiler (CXX)", "a driver that compiles")


def run(program, *arguments, status=0):
    command = [sys.executable, PEERS / "bench.py", "--gatefold", program, *arguments]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    check(done.returncode, status, f"exit status of {arguments}\n{done.stderr}")
    return done


def check_runs(program):
    quickly = ["--peers=none", "--no-limits", "--rounds=1", "--round-time=1", "--wait=0"]
    with tempfile.TemporaryDirectory() as folder:
        page, lines = pathlib.Path(folder, "page.md"), pathlib.Path(folder, "results.jsonl")
        names = ("machine", "rnn", "custom", "stream", "compile")
        old = [f"<!-- begin {name} -->\noutdated\n<!-- end {name} -->\n" for name in names]
        page.write_text("".join(old))
        quickly += ["--folder", folder, "--json", lines, "--write", page]
        chosen = "^lstm-h64-b1-t100$|^mlstm-h64-b1-|^gru-h128-b1-step$"
        done = run(program, *quickly, "--threads=1,2", "--cases", chosen, "rnn", "custom", "stream")
        head, *results = map(json.loads, lines.read_text().splitlines())
        check(head["rounds"], 1, "rounds in the JSON")
        wanted = ["lstm-h64-b1-t100", "mlstm-h64-b1-t64", "gru-h128-b1-step"]
        found = sorted((result["case"], result["threads"]) for result in results)
        check(found, sorted((name, threads) for name in wanted for threads in (1, 2)), "results")
        for result in results:
            times = result["microseconds"]["gatefold"]
            check(len(times) == 1 and times[0] > 0, True, f"a time of {result['case']}")
        for name in wanted:
            check(page.read_text().count(f"| {name} "), 2, f"rows of {name} in the page")
            check(done.stdout.count(f"| {name} "), 2, f"printed rows of {name}")
        more = chosen + "|^rnn-h256-b1-t100$"
        done = run(program, *quickly, "--resume", "--threads=1", "--cases", more, "rnn", "stream")
        measured = re.findall(r"^(\S+) .* thread", done.stderr, re.M)
        check(measured, ["rnn-h256-b1-t100"], "what was missing")
        _, *resumed = map(json.loads, lines.read_text().splitlines())
        check([result for result in resumed if result["case"] in wanted], results, "what was there")
        done = run(program, *quickly, "--cases=^lstm-h256-b1-t100$", "compile")
        for name in ("gatefold", "gatefold, kept code"):
            found = sum(name in re.split(r" *\| ", line) for line in done.stdout.splitlines())
            check(found, 1, f"the way to a result of {name}")
        check("outdated" in page.read_text(), False, "a section that was not written")
    error = run(program, "--resume", status=2).stderr
    check("--resume needs --json FILE" in error, True, "an error for nothing to go on with")
    error = run(program, "nothing", status=2).stderr
    check(error.count("there is no group `nothing`"), 1, "an error")
    check(run(program, "--list", "models").stdout, "silero_vad\ndtln\n", "the list")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatefold", required=True)
    arguments = parser.parse_args()
    check_cases()
    check_limits()
    check_layouts()
    check_report()
    check_drivers()
    check_turns(arguments.gatefold)
    check_runs(arguments.gatefold)


if __name__ == "__main__":
    main()
