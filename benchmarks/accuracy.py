"""Measures how exact the functions of a standard library's cells are.

Runs compiled code on numbers of 32 bits, all of them by default, compares with double precision, and
prints the greatest error of each function in units of the last place of the exact result. Limits,
zeros, subnormal results and NaN count too.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit("error: this needs NumPy, Debian's package `python3-numpy`")

EXACT = {
    "exp": np.exp,
    "expm1": np.expm1,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}
CHUNK = 1 << 23
ALL = 1 << 32


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gatefold", default="build/bin/gatefold", metavar="PROGRAM")
    parser.add_argument("--functions", default=",".join(EXACT), metavar="NAME,NAME,..")
    parser.add_argument("--target-cpu", default="host", metavar="CPU",
                        help="the processor to make code for; this one has to run it")
    parser.add_argument("--stride", type=int, default=1, metavar="N",
                        help="take each Nth number only")
    parser.add_argument("--at-most", type=float, metavar="ULP",
                        help="exit with status 1 if an error is greater")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def numbers(stride):
    """Numbers of 32 bits, some millions at a time."""
    for first in range(0, ALL, CHUNK * stride):
        last = min(first + CHUNK * stride, ALL)
        yield np.arange(first, last, stride, dtype=np.int64).astype(np.uint32).view(np.float32)


def measure_errors(x, found, exact):
    """Errors in units of the last place; infinite where a limit, a NaN or a sign is wrong."""
    rounded = exact.astype(np.float32)
    last_place = np.maximum(np.spacing(np.abs(rounded)).astype(np.float64), 2.0**-149)
    # Just above a power of two the places are half as wide below it.
    below = np.abs(exact) < np.abs(rounded)
    last_place = np.where(below, np.spacing(np.nextafter(np.abs(rounded), np.float32(0))), last_place)
    errors = np.abs(found.astype(np.float64) - exact) / last_place
    errors = np.where(np.isinf(rounded) | np.isinf(found), np.where(found == rounded, 0, np.inf), errors)
    errors = np.where(np.signbit(found) == np.signbit(rounded), errors, np.inf)
    return np.where(np.isnan(x), np.where(np.isnan(found), 0, np.inf), errors)


def run(arguments, folder, name, x):
    """What compiled code gives for `x`."""
    source, inputs, outputs = (folder / file for file in ("m.fold", "x.npy", "out"))
    source.write_text(f"model M(x: [N]) -> (y: [N]) {{\n  return {name}(x)\n}}\n")
    np.save(inputs, x)
    subprocess.run([arguments.gatefold, "run", source, "--input", f"x={inputs}",
                    "--target-cpu", arguments.target_cpu, "--output", f"y={outputs}.npy"],
                   check=True, stdout=subprocess.DEVNULL)
    return np.load(f"{outputs}.npy")


def measure(arguments, name, folder):
    """The greatest error of a function, and where it is."""
    worst, place = -1.0, 0.0
    for x in numbers(arguments.stride):
        with np.errstate(all="ignore"):
            exact = EXACT[name](x.astype(np.float64))
            errors = measure_errors(x, run(arguments, folder, name, x), exact)
        at = int(np.argmax(errors))
        if errors[at] > worst:
            worst, place = float(errors[at]), float(x[at])
    return worst, place


def main():
    arguments = parse_arguments()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.functions.split(","):
            if name not in EXACT:
                sys.exit(f"error: no function {name!r}; there are {', '.join(EXACT)}")
            results[name] = measure(arguments, name, pathlib.Path(folder))
            if not arguments.json:
                print(f"{name:<8} {results[name][0]:8.4f} ulp at {results[name][1]!r}", flush=True)
    if arguments.json:
        print(json.dumps({name: {"ulp": error, "at": at} for name, (error, at) in results.items()}))
    if arguments.at_most is not None:
        sys.exit(any(not error <= arguments.at_most for error, _ in results.values()))


if __name__ == "__main__":
    main()
