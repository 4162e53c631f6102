"""Random weights, as a file for the program and as a tree for the references."""

import numpy as np

from tensors import write_safetensors


class Node(dict):
    """Weights and parts by name; `w.cell.W` is `w["cell"]["W"]`."""

    __getattr__ = dict.__getitem__


class Weights:
    """Weights of the shapes given, `count` numbers in all.

    `tree` holds double precision; the first name of a path is left out where all weights have it.
    """

    def __init__(self, shapes, draws, random):
        first = {name.split(".")[0] for name in shapes}
        skipped = 1 if len(first) == 1 and all("." in name for name in shapes) else 0
        self.count, self._tensors, self.tree = 0, {}, Node()
        for name, shape in shapes.items():
            path = name.split(".")[skipped:]
            draw = draws.get(".".join(path), _draw)
            tensor = np.asarray(draw(random, shape), np.float32).reshape(shape)
            self.count += tensor.size
            self._tensors[name] = tensor
            node = self.tree
            for part in path[:-1]:
                node = node.setdefault(part, Node())
            node[path[-1]] = tensor.astype(np.float64)

    def write(self, path):
        write_safetensors(path, self._tensors)


def _draw(random, shape):
    """Matrices that keep the length of vectors; vectors around 0."""
    if len(shape) < 2:
        return random.normal(scale=0.5, size=shape)
    return random.normal(scale=shape[-1] ** -0.5, size=shape)
