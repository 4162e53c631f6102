"""Writes random weights for the model of five_gates.fold and an input into the current directory."""

import numpy as np
from files import safetensors

INPUTS, UNITS, STEPS = 5, 19, 12

generator = np.random.default_rng(3)
shapes = {"W": (UNITS, INPUTS), "U": (UNITS, UNITS), "b": (UNITS,)}
weights = {
    f"cell5.{name}_{gate}": (0.3 * generator.normal(size=shape)).astype(np.float32)
    for gate in "ifgop" for name, shape in shapes.items()
}
weights["cell5.peek"] = (0.3 * generator.normal(size=UNITS)).astype(np.float32)
safetensors("w.safetensors", weights)
weights["cell5.U_g"][7, 3] = 70000
safetensors("large.safetensors", weights)
np.save("x.npy", generator.normal(size=(STEPS, INPUTS)).astype(np.float32))
np.save("batch.npy", generator.normal(size=(3, STEPS, INPUTS)).astype(np.float32))
