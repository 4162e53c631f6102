"""The least time that the machine could take for a case."""

import json
import math
import subprocess

import attention
import custom
import install
import recurrent


def measure(folder):
    """What drivers/limits.cpp says of 1 and 2 threads, by their number."""
    program = install.compile_driver(folder, "limits")
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return {limit["threads"]: limit for limit in map(json.loads, done.stdout.splitlines())}


def keep_best(first, second):
    """The better of two measurements: other programs only make them worse."""
    def best(old, new):
        reading = [[size, max(a, b)] for (size, a), (_, b) in zip(old["reading"], new["reading"])]
        return {
            "threads": old["threads"],
            "gflops": max(old["gflops"], new["gflops"]),
            "reading": reading,
            "barrier": min(old["barrier"], new["barrier"]),
        }

    return {threads: best(first[threads], second[threads]) for threads in first}


def _read_speed(limit, size):
    """GB/s of reading buffers of such a size, between those measured."""
    points = [(math.log(bytes), speed) for bytes, speed in limit["reading"]]
    place = min(max(math.log(size), points[0][0]), points[-1][0])
    for (low, slow), (high, fast) in zip(points, points[1:]):
        if place <= high:
            return slow + (fast - slow) * (place - low) / (high - low)
    return points[-1][1]


def count_work(case):
    """Per step: operations of products, and bytes of weights and memories that every step reads
    again. None for whole networks."""
    if case.kind in ("network", "generation"):
        return None
    if case.kind == "attention":
        return attention.count_work(case)
    if case.kind == "recurrent":
        gates = len(recurrent.GATES[case.cell]["onnx"])
        inputs = sum(gates * case.units * width for _, _, width in recurrent.parts(case))
        again = gates * case.units**2 * case.layers * case.directions
    else:
        shapes = custom.CELLS[case.cell].shapes(case.units)
        sizes = {name: math.prod(shape) for name, shape in shapes.items() if len(shape) == 2}
        inputs = sum(size for name, size in sizes.items() if name[0] == "W")
        again = sum(size for name, size in sizes.items() if name[0] == "U")
    operations = 2 * case.batch * (inputs + again)
    read = 4 * (again + (inputs if case.is_stream else 0))
    if case.cell == "mlstm":  # a matrix is changed by an outer product and read by a vector
        operations += 4 * case.batch * case.units**2
        read += 4 * case.batch * case.units**2
    return operations, read


def find_limit(case, limit):
    """Microseconds that a step takes at least: arithmetic at full speed, or reading what every
    step reads, whichever is longer. None if not known."""
    work = count_work(case)
    if not work:
        return None
    operations, read = work
    arithmetic = operations / limit["gflops"] / 1e3
    if not read:
        return arithmetic
    return max(arithmetic, read / _read_speed(limit, read / limit["threads"]) / 1e3)
