"""Writes random weights for lstm.fold and an input into the current directory."""

import numpy as np
from files import safetensors

INPUTS, UNITS = 5, 40

generator = np.random.default_rng(1)
shapes = {"W": (UNITS, INPUTS), "U": (UNITS, UNITS), "b": (UNITS,)}
safetensors("w.safetensors", {
    f"lstm.{name}_{gate}": generator.normal(size=shape).astype(np.float32)
    for gate in "ifgo" for name, shape in shapes.items()
})
np.save("x.npy", generator.normal(size=(7, INPUTS)).astype(np.float32))
