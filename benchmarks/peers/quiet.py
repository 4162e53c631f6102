"""Waits until the machine does nothing else."""

import glob
import os
import time

_IDLE_ENOUGH = 0.93
_INTERVAL = 0.25


def _read_times():
    """Per processor: what /proc/stat counts, of which the fourth is idle."""
    with open("/proc/stat") as file:
        lines = [line.split() for line in file if line.startswith("cpu") and line[3] != " "]
    return [[int(number) for number in line[1:9]] for line in lines]


def measure_idle(seconds=_INTERVAL):
    """The share of idle time of the busiest processor over some time."""
    before = _read_times()
    time.sleep(seconds)
    shares = []
    for old, new in zip(before, _read_times()):
        passed = sum(new) - sum(old)
        shares.append((new[3] - old[3]) / passed if passed else 1.0)
    return min(shares)


def wait_until_quiet(limit):
    """Waits up to `limit` seconds; returns the last share of idle time seen."""
    end = time.monotonic() + limit
    while True:
        idle = measure_idle()
        if idle >= _IDLE_ENOUGH or time.monotonic() >= end:
            return idle


def _read_work_of_children():
    """The nanoseconds that all threads of the programs that this one started have run."""
    work = 0
    for path in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{path}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            if parent != os.getpid():
                continue
            for task in glob.glob(f"{path}/task/*/schedstat"):
                with open(task) as file:
                    work += int(file.read().split()[0])
        except OSError:
            pass  # it has ended
    return work


def wait_for_children(limit):
    """Waits up to `limit` seconds until the programs that this one started do nothing: threads of
    libraries look for work a while, some for 0.2 s, before they sleep."""
    end = time.monotonic() + limit
    before = _read_work_of_children()
    while time.monotonic() < end:
        time.sleep(0.005)
        work = _read_work_of_children()
        if work - before < 500_000:
            return
        before = work


def describe(results):
    """How often the machine was quiet before a case was measured."""
    if not results:
        return "nothing was compared"
    quiet = sum(result["idle"] >= _IDLE_ENOUGH for result in results)
    if quiet == len(results):
        return "the machine was quiet before every case"
    times = f"{quiet} of {len(results)} cases" if quiet else "no case"
    return (f"**the machine was quiet before {times}**: other programs ran; trust the ratios, "
            "and with two threads not even these, since threads wait for each other")
