"""Measures one case: all programs take turns, round by round."""

import statistics
import time

import numpy as np

import quiet
from programs import Failed

# Peers and we compute in f32, each with other orders of sums.
_TOLERANCE = 1e-4
# How long the threads of a library may look for work before they sleep.
_PAUSE = 0.4


class Waiting:
    """Waits for a quiet machine as long as a budget of seconds for the whole run lasts."""

    def __init__(self, seconds):
        self._left = seconds

    def wait(self):
        start = time.monotonic()
        idle = quiet.wait_until_quiet(self._left)
        self._left = max(0, self._left - (time.monotonic() - start))
        return idle


def measure(case, folder, programs, rounds, waiting):
    """The result of a case as a dictionary for JSON; the first program is ours. Peers that fail or
    compute something else are left out, and the result says why."""
    result = {"case": case.name, "steps": case.total_steps, "left_out": {}, "difference": {}}
    taking_part = _load(case, folder, programs, result)
    result["idle"] = round(waiting.wait(), 2)
    times = {program.name: [] for program in taking_part}
    for _ in range(rounds):
        for program in list(taking_part):
            quiet.wait_for_children(_PAUSE)
            try:
                times[program.name].append(program.measure() / case.total_steps)
            except Failed as error:
                if program is taking_part[0]:
                    raise
                result["left_out"][program.name] = str(error)
                taking_part.remove(program)
                del times[program.name]
    result["microseconds"] = times
    result["ratios"] = _find_ratios(times, programs[0].name, rounds)
    return result


def _load(case, folder, programs, result):
    """Loads the case into all programs; those that compute what ours computes."""
    ours = programs[0]
    ours.load(case, folder)
    wanted = ours.compute(case, folder).ravel()
    taking_part = [ours]
    for peer in programs[1:]:
        try:
            peer.load(case, folder)
            difference = _compare(wanted, peer.compute(case, folder))
        except Failed as error:
            result["left_out"][peer.name] = str(error)
            continue
        result["difference"][peer.name] = difference
        if difference <= _TOLERANCE:
            taking_part.append(peer)
        else:
            result["left_out"][peer.name] = f"computes something else, {difference:.1g} apart"
    return taking_part


def _compare(wanted, found):
    """The largest difference; infinite where there is none to be told."""
    found = found.ravel()
    if found.size != wanted.size:
        return float("inf")
    difference = float(np.abs(found - wanted).max())
    return difference if np.isfinite(difference) else float("inf")


def _find_ratios(times, ours, rounds):
    """In each round the best peer's time divided by ours."""
    peers = [values for name, values in times.items() if name != ours]
    if not peers:
        return []
    return [min(values[i] for values in peers) / times[ours][i] for i in range(rounds)]


def summarise(result):
    """What a row of the table shows: our time, the peers' by name, best first, and the ratio."""
    medians = {name: statistics.median(times) for name, times in result["microseconds"].items()}
    ours = medians.pop("gatefold")
    peers = dict(sorted(medians.items(), key=lambda item: item[1]))
    ratio = statistics.median(result["ratios"]) if result["ratios"] else None
    return ours, peers, ratio
