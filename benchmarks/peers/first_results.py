"""How long it takes until a case can be called, and until its first result is there."""

import statistics
import tempfile
import time

import report
from programs import Failed

_HEADER = ("case", "program", "callable, ms", "with first result, ms", "from the start, ms")


def measure(case, folder, programs, rounds):
    """Results of all programs, the first of which is ours, in milliseconds: `callable` and `first`
    in a process that did so before, `cold` with the start of the process and reading the output."""
    results = []
    for program in programs:
        try:
            times = (_measure_ours if program is programs[0] else _measure_peer)(
                program, case, folder, rounds)
        except Failed as error:
            results.append({"case": case.name, "program": program.name, "error": str(error)})
            continue
        for name, values in times.items():
            medians = {kind: statistics.median(some) / 1000 for kind, some in values.items()}
            results.append({"case": case.name, "program": name, **medians})
    return results


def _measure_ours(program, case, folder, rounds):
    """Weights are read anew by each process of ours, so only `cold` has them."""
    def measure_cold(kept_code):
        start = time.monotonic()
        program.compute(case, folder, kept_code)
        return 1e6 * (time.monotonic() - start)

    with tempfile.TemporaryDirectory() as kept_code:
        measure_cold(kept_code)
        kept = [measure_cold(kept_code) for _ in range(rounds)]
    compiled = [program.compile(case, folder, rounds)]
    anew = {"callable": compiled, "cold": [measure_cold("") for _ in range(rounds)]}
    return {program.name: anew, f"{program.name}, kept code": {"cold": kept}}


def _measure_peer(program, case, folder, rounds):
    cold, warm = [], []
    for _ in range(rounds):
        program.close()
        start = time.monotonic()
        program.load(case, folder)
        program.compute(case, folder)
        cold.append(1e6 * (time.monotonic() - start))
        warm.append(program.load(case, folder))
    spent = {name: [times[name] for times in warm] for name in ("callable", "first")}
    return {program.name: {"cold": cold, **spent}}


def format_table(results):
    def cell(result, name):
        return f"{result[name]:.1f}" if name in result else ""

    names = ("callable", "first", "cold")
    rows = [
        [result["case"], result["program"], *(cell(result, name) for name in names)]
        for result in results
        if "error" not in result
    ]
    return report.format_table(rows, _HEADER)
