"""Models of cells that no library has: our text, and one definition of each for all peers.

A cell is defined in two halves, in terms of the operations of a framework (`n`, see operations.py):
`project` is what depends on the input alone, which peers compute for the whole sequence at once, as
experts would; `step` is the recurrence.
"""

import pathlib
import re

import numpy as np

MODELS = pathlib.Path(__file__).resolve().parents[1] / "models"


class _Gated:
    """Cells whose gates are products with the input and with the last output."""

    states = ("h", "c")
    gates = "ifgo"
    has_bias = True
    vectors = ()  # of [H], by name

    def state_shape(self, name, batch, units):
        return [batch, units]

    def shapes(self, units):
        found = {}
        for gate in self.gates:
            found[f"W_{gate}"] = found[f"U_{gate}"] = (units, units)
            if self.has_bias:
                found[f"b_{gate}"] = (units,)
        return found | {name: (units,) for name in self.vectors}

    def constants(self, weights):
        """What the peers compute with: the gates side by side."""
        def join(kind, axis):
            return np.concatenate([weights[f"{kind}_{gate}"] for gate in self.gates], axis)

        found = {"W": join("W", 0).T, "U": join("U", 0).T}
        if self.has_bias:
            found["b"] = join("b", 0)
        return found | {name: weights[name] for name in self.vectors}

    def project(self, n, w, x):
        product = n.matmul(x, w["W"])
        return [product + w["b"]] if self.has_bias else [product]


class PeepholeLstm(_Gated):
    vectors = ("p_i", "p_f", "p_o")

    def step(self, n, w, inputs, states):
        h, c = states
        i, f, g, o = n.split(inputs[0] + n.matmul(h, w["U"]), 4)
        i, f = n.sigmoid(i + w["p_i"] * c), n.sigmoid(f + w["p_f"] * c)
        c = f * c + i * n.tanh(g)
        h = n.sigmoid(o + w["p_o"] * c) * n.tanh(c)
        return h, (h, c)


class LayerNormLstm(_Gated):
    has_bias = False
    vectors = tuple(f"norm_{name}.{part}" for name in "ifgoc" for part in ("gain", "shift"))

    def step(self, n, w, inputs, states):
        h, c = states
        gates = n.split(inputs[0] + n.matmul(h, w["U"]), 4)
        i, f, g, o = (self._norm(n, w, name, gate) for name, gate in zip("ifgo", gates))
        c = n.sigmoid(f) * c + n.sigmoid(i) * n.tanh(g)
        h = n.sigmoid(o) * n.tanh(self._norm(n, w, "c", c))
        return h, (h, c)

    def _norm(self, n, w, name, x):
        return n.layer_norm(x, w[f"norm_{name}.gain"], w[f"norm_{name}.shift"])


class FiveGates(_Gated):
    gates = "ifgop"
    vectors = ("peek",)

    def step(self, n, w, inputs, states):
        h, c = states
        i, f, g, o, p = n.split(inputs[0] + n.matmul(h, w["U"]), 5)
        f, p = n.sigmoid(f), n.sigmoid(p + w["peek"] * c)
        c = f * c + (w["one"] - f) * n.sigmoid(i) * (p * n.tanh(g) + (w["one"] - p) * h)
        h = n.sigmoid(o + c) * n.tanh(c) + (w["one"] - p) * h * w["half"]
        return h, (h, c)

    def constants(self, weights):
        numbers = {"one": np.float32(1), "half": np.float32(0.5)}
        return super().constants(weights) | numbers


class MinGru(_Gated):
    states = ("h",)
    gates = "zh"

    def shapes(self, units):
        return {name: s for name, s in super().shapes(units).items() if name[0] != "U"}

    def constants(self, weights):
        kinds = (("W", 0), ("b", 0))
        w, b = (np.concatenate([weights[f"{k}_{g}"] for g in "zh"], axis) for k, axis in kinds)
        return {"W": w.T, "b": b}

    def project(self, n, w, x):
        z, value = n.split(super().project(n, w, x)[0], 2)
        return [n.sigmoid(z), value]

    def step(self, n, w, inputs, states):
        z, value = inputs
        h = states[0] + z * (value - states[0])
        return h, (h,)


class MLstm:
    states = ("C", "n", "m")

    def state_shape(self, name, batch, units):
        return {"C": [batch, units, units], "n": [batch, units], "m": [batch, 1]}[name]

    def shapes(self, units):
        found = {f"W_{gate}": (units, units) for gate in "qkvo"}
        found |= {f"b_{gate}": (units,) for gate in "qkvo"}
        return found | {"w_i": (units,), "w_f": (units,), "b_i": (), "b_f": ()}

    def constants(self, weights):
        units = len(weights["w_i"])
        scaled = dict(weights)
        for name in ("W_k", "b_k"):
            scaled[name] = weights[name] / np.float32(np.sqrt(units))
        return {
            "W": np.concatenate([scaled[f"W_{gate}"] for gate in "qkvo"]).T,
            "b": np.concatenate([scaled[f"b_{gate}"] for gate in "qkvo"]),
            "gates": np.stack([weights["w_i"], weights["w_f"]]).T,
            "gate_bias": np.array([weights["b_i"], weights["b_f"]], np.float32),
        }

    def project(self, n, w, x):
        q, k, v, o = n.split(n.matmul(x, w["W"]) + w["b"], 4)
        i, f = n.split(n.matmul(x, w["gates"]) + w["gate_bias"], 2)
        return [q, k, v, n.sigmoid(o), i, n.log_sigmoid(f)]

    def step(self, n, w, inputs, states):
        q, k, v, o, i, f = inputs
        memory, norm, m = states
        new = n.maximum(f + m, i)
        keep, take = n.exp(f + m - new), n.exp(i - new)
        outer = n.expand(v, 2) * n.expand(k, 1)
        memory = n.expand(keep, 2) * memory + n.expand(take, 2) * outer
        norm = keep * norm + take * k
        read = n.squeeze(n.matmul(memory, n.expand(q, 2)), 2)
        size = n.abs(n.squeeze(n.matmul(n.expand(norm, 1), n.expand(q, 2)), 2))
        return o * read / n.maximum(size, n.exp(-new)), (memory, norm, new)


CELLS = {
    "layer_norm_lstm": LayerNormLstm(),
    "peephole_lstm": PeepholeLstm(),
    "five_gates": FiveGates(),
    "min_gru": MinGru(),
    "mlstm": MLstm(),
}


def make_text(case):
    """The text in models/, with the case's size as the default."""
    text = (MODELS / f"{case.cell}.fold").read_text()
    return re.sub(r"(model Main\[H = )\d+", rf"\g<1>{case.units}", text)


def make_weights(case, random):
    """Weights by the names of our checkpoints; the cell's own name is before each."""
    scale = case.units**-0.5
    part = re.search(r"(\w+) = \w+\[H, H\]", make_text(case))[1]
    return {
        f"{part}.{name}": random.uniform(-scale, scale, shape).astype(np.float32).reshape(shape)
        for name, shape in CELLS[case.cell].shapes(case.units).items()
    }


def make_constants(case, weights):
    """What the cell's definition above computes with."""
    names = {name.split(".", 1)[1]: array for name, array in weights.items()}
    return {
        name: np.ascontiguousarray(array, np.float32)
        for name, array in CELLS[case.cell].constants(names).items()
    }


def make_onnx(case, weights, graph):
    """Fills a graph of ONNX: a `Scan` over the steps, or one step of a stream."""
    from onnx_operations import make_scan, make_step

    cell, constants = CELLS[case.cell], make_constants(case, weights)
    (make_step if case.is_stream else make_scan)(case, cell, constants, graph)
