"""Models of attention with 8 heads, for us and for the peers that have it.

    attention               a sequence to itself
    encoder                 a layer of a Transformer's encoder
    attention_step          token by token, keys and values in a cache that grows
    attention_step_concat   the same; ONNX Runtime gets the plain graph, which copies the cache at
                            each step, in place of its own operator

ONNX Runtime gets its own operator for attention otherwise, and OpenVINO the plain graph.
"""

import pathlib
import re

import numpy as np

MODELS = pathlib.Path(__file__).resolve().parents[1] / "models"
HEADS = 8


def make_text(case):
    """The text in models/, with the case's size as the default."""
    text = (MODELS / f"{case.cell.removesuffix('_concat')}.fold").read_text()
    return re.sub(r"(model Main\[H = )\d+", rf"\g<1>{case.units}", text)


def _shapes(case):
    """The shapes of the weights by their names in our checkpoint."""
    units, prefix = case.units, "encoder." if case.cell == "encoder" else ""
    found = {f"{prefix}attention.W_{name}": (units, units) for name in "qkvo"}
    if case.cell == "encoder":
        found |= {f"encoder.attention.b_{name}": (units,) for name in "qkvo"}
        for norm in ("attention", "forward"):
            found |= {f"encoder.norm_{norm}.{name}": (units,) for name in ("gain", "shift")}
        for name, shape in (("expand", (4 * units, units)), ("contract", (units, 4 * units))):
            found |= {f"encoder.{name}.W": shape, f"encoder.{name}.b": shape[:1]}
    return found


def make_weights(case, random):
    return {
        name: random.uniform(-1, 1, shape).astype(np.float32) * np.float32(shape[-1] ** -0.5)
        for name, shape in _shapes(case).items()
    }


def count_work(case):
    """Operations and bytes read of one step."""
    matrices = sum(np.prod(shape) for shape in _shapes(case).values() if len(shape) == 2)
    keys = case.calls / 2 if case.is_stream else case.steps
    operations = case.batch * (2 * matrices + 4 * keys * case.units)
    read = 4 * matrices + 8 * case.batch * keys * case.units if case.is_stream else 0
    return int(operations), int(read)


class _Builder:
    """Adds the parts of a model to a graph of ONNX."""

    def __init__(self, case, weights, graph, fused):
        self._case, self._weights, self._graph, self._fused = case, weights, graph, fused

    def _weight(self, name):
        return self._graph.constant(np.ascontiguousarray(self._weights[name].T))

    def _linear(self, x, matrix, bias):
        y = self._graph.apply("MatMul", x, self._weight(matrix))
        return self._graph.apply("Add", y, self._weight(bias)) if bias in self._weights else y

    def attention(self, x, prefix):
        q, k, v = (self._linear(x, f"{prefix}W_{name}", f"{prefix}b_{name}") for name in "qkv")
        found = (self._fuse if self._fused else self._write_out)(q, k, v)
        return self._linear(found, f"{prefix}W_o", f"{prefix}b_o")

    def _cache(self):
        """The names of the cache and of its next value, for keys and for values."""
        case = self._case
        shape = [case.batch, HEADS, "+0", case.units // HEADS]
        return [(self._graph.add_state(name, f"next_{name}", shape), f"next_{name}")
                for name in ("keys", "values")]

    def _fuse(self, q, k, v):
        own = {"domain": "com.microsoft", "num_heads": HEADS}
        if not self._case.is_stream:
            return self._graph.apply("MultiHeadAttention", q, k, v, **own)
        cache, found = self._cache(), self._graph.name()
        inputs = [q, k, v, "", "", "", *(name for name, _ in cache)]
        outputs = [found, *(name for _, name in cache)]
        self._graph.add("MultiHeadAttention", inputs, outputs, **own)
        return found

    def _write_out(self, q, k, v):
        case, graph = self._case, self._graph
        width = case.units // HEADS
        heads = graph.constant(np.array([case.batch, -1, HEADS, width], np.int64))

        def split(x):
            return graph.apply("Transpose", graph.apply("Reshape", x, heads), perm=[0, 2, 1, 3])

        q, k, v = map(split, (q, k, v))
        if case.is_stream:
            (keys, next_keys), (values, next_values) = self._cache()
            k = graph.apply("Concat", keys, k, name=next_keys, axis=2)
            v = graph.apply("Concat", values, v, name=next_values, axis=2)
        scores = graph.apply("MatMul", q, graph.apply("Transpose", k, perm=[0, 1, 3, 2]))
        scale = graph.constant(np.float32(width**-0.5))
        shares = graph.apply("Softmax", graph.apply("Mul", scores, scale), axis=-1)
        found = graph.apply("Transpose", graph.apply("MatMul", shares, v), perm=[0, 2, 1, 3])
        shape = graph.constant(np.array([case.batch, -1, case.units], np.int64))
        return graph.apply("Reshape", found, shape)

    def encoder(self, x):
        def norm(x, name):
            parts = (self._weight(f"encoder.{name}.{part}") for part in ("gain", "shift"))
            return self._graph.apply("LayerNormalization", x, *parts, axis=-1, epsilon=1e-5)

        add = lambda a, b: self._graph.apply("Add", a, b)
        between = norm(add(x, self.attention(x, "encoder.attention.")), "norm_attention")
        wide = self._linear(between, "encoder.expand.W", "encoder.expand.b")
        wide = self._graph.apply("Relu", wide)
        narrow = self._linear(wide, "encoder.contract.W", "encoder.contract.b")
        return norm(add(between, narrow), "norm_forward")


def make_onnx(case, weights, graph, fused=True):
    fused = fused and not case.cell.endswith("_concat")
    builder = _Builder(case, weights, graph, fused)
    shape = [case.steps, case.batch, case.units]
    x = graph.add_input("x", "x.bin", shape)
    # The batch comes first in attention, and time in our files.
    x = graph.apply("Transpose", x, perm=[1, 0, 2])
    y = builder.encoder(x) if case.cell == "encoder" else builder.attention(x, "attention.")
    graph.apply("Transpose", y, name="y", perm=[1, 0, 2])
    graph.add_output("y", shape)
