"""What the tests know about a text: its paper, its weights and its ports."""

import re

import numpy as np

_PAPER = re.compile(r"\(([^()]*, \d{4})\)")
_WEIGHT = re.compile(r'gatefold\.weight @"?([^" ]+)"? : tensor<([^>]*)>')
_PORT = re.compile(
    r'tensor<([^>]*)> \{gatefold\.port = #gatefold\.port<(\w+) "(\w+)"[^\[>]*(\[[^\]]*\])?'
)
_INTEGERS = {"i32": np.int32, "i64": np.int64, "i1": np.bool_}


class Text:
    """A text with one model.

    `weights`: shapes by path; `inputs`: element type and sizes by name; `outputs`: names.
    """

    def __init__(self, driver, path):
        self.path = path
        comments = re.findall(r"^/// ?(.*)$", path.read_text(), re.MULTILINE)
        self.paper = (_PAPER.findall(" ".join(comments)) or ["unknown"])[-1]
        code = driver.call("compile", path, "--emit=gatefold")
        self.weights = {name: _shape(kind)[0] for name, kind in _WEIGHT.findall(code)}
        signature = next(line for line in code.splitlines() if "gatefold.entry @sequence" in line)
        self.inputs, self.outputs = {}, []
        for kind, direction, name, sizes in _PORT.findall(signature):
            if direction == "input":
                self.inputs[name] = (_shape(kind)[1], re.findall(r'"(\w+)"', sizes))
            else:
                self.outputs.append(name)

    def free(self):
        """The dimensions that the data decides."""
        sizes = [size for _, sizes in self.inputs.values() for size in sizes if not size.isdigit()]
        return list(dict.fromkeys(sizes))

    def leading(self):
        """The first of them in each input: the input, by dimension."""
        found = {}
        for name, (_, sizes) in self.inputs.items():
            for size in [size for size in sizes if not size.isdigit()][:1]:
                found.setdefault(size, name)
        return found

    def example(self, free, draws, random):
        """Random inputs; `free`: sizes by dimension."""
        inputs = {}
        for name, (element, sizes) in self.inputs.items():
            shape = tuple(free[size] if size in free else int(size) for size in sizes)
            draw = draws.get(name, lambda random, shape: random.normal(size=shape))
            kind = _INTEGERS.get(element, np.float32)
            inputs[name] = np.asarray(draw(random, shape)).astype(kind)
        return inputs


def _shape(kind):
    """Sizes and element type of `4x?xf32`."""
    *sizes, element = kind.split("x")
    return tuple(int(size) if size != "?" else None for size in sizes), element
