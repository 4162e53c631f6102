#!/usr/bin/env python3
"""Random weights for a text, the same in every run: `weights.py FILE.fold OUT.safetensors [NAME=NUMBER | NAME*NUMBER ...]`.

Matrices are normal with the deviation 1 / sqrt(columns), vectors 0. `NAME=NUMBER` fills the weights whose path ends so:
`b_f=4`; `NAME*NUMBER` multiplies them. Asks `gatefold compile` for the names and shapes, and needs nothing but Python.
"""

import json
import math
import random
import re
import struct
import subprocess
import sys


def weights_of(text):
    """The path and shape of every weight of a text's model."""
    ir = subprocess.run(["gatefold", "compile", text, "--emit=gatefold"], check=True, text=True, stdout=subprocess.PIPE)
    for path, sizes in re.findall(r"gatefold\.weight @([^ :]+).*: tensor<((?:\d+x)*)f32>", ir.stdout):
        yield path.strip('"'), [int(size) for size in sizes.split("x")[:-1]]


def fill(path, shape, settings, source):
    """The values of one weight, row by row."""
    deviation = 1 / math.sqrt(shape[-1]) if len(shape) > 1 else 0
    for name, sign, number in settings:
        if ("." + path).endswith("." + name):
            if sign == "=":
                return [number] * math.prod(shape)
            deviation *= number
    return [source.gauss(0, 1) * deviation for _ in range(math.prod(shape))]


def main(text, out, *settings):
    parts = [re.fullmatch("(.*?)([=*])(.*)", setting).groups() for setting in settings]
    parts = [(name, sign, float(number)) for name, sign, number in parts]
    header, data = {}, b""
    for path, shape in weights_of(text):
        values = fill(path, shape, parts, random.Random(path))
        start = len(data)
        data += struct.pack(f"<{len(values)}f", *values)
        header[path] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    head = json.dumps(header).encode()
    with open(out, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + data)


if __name__ == "__main__":
    main(*sys.argv[1:])
