"""The cells beside this file once more, in NumPy and double precision, with seeded random weights.

Every function takes the weights by name and the inputs of one example and returns the outputs by name.
"""

import numpy as np

from cases import ROOT, Case, Expected
from tensors import read_safetensors

HERE = ROOT / "test" / "models"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


class Instance:
    """The weights below one path: `Instance(weights, "a").W` is `weights["a.W"]`."""

    def __init__(self, weights, path):
        self._weights, self._path = weights, path

    def __getattr__(self, name):
        return self._weights[f"{self._path}.{name}"]

    def part(self, name):
        return Instance(self._weights, f"{self._path}.{name}")


def five_gates(weights, xs):
    w = Instance(weights, "cell5")
    h, c, ys = np.zeros(len(w.b_i)), np.zeros(len(w.b_i)), []
    for x in xs:
        i = sigmoid(w.W_i @ x + w.U_i @ h + w.b_i)
        f = sigmoid(w.W_f @ x + w.U_f @ h + w.b_f)
        g = np.tanh(w.W_g @ x + w.U_g @ h + w.b_g)
        p = sigmoid(w.W_p @ x + w.U_p @ h + w.b_p + w.peek * c)
        c = f * c + (1 - f) * i * (p * g + (1 - p) * h)
        o = sigmoid(w.W_o @ x + w.U_o @ h + w.b_o + c)
        h = o * np.tanh(c) + (1 - p) * h / 2
        ys.append(h)
    return {"ys": np.stack(ys)}


def layer_norm(weights, xs):
    w = Instance(weights, "memory")

    def norm(name, x):
        part = w.part(name)
        return part.gain * (x - x.mean()) / np.sqrt(x.var() + 1e-5) + part.shift

    h, c, ys = np.zeros(21), np.zeros(21), []
    for x in xs:
        i = sigmoid(norm("norm_i", w.W_i @ x + w.U_i @ h))
        f = sigmoid(norm("norm_f", w.W_f @ x + w.U_f @ h))
        g = np.tanh(norm("norm_g", w.W_g @ x + w.U_g @ h))
        o = sigmoid(norm("norm_o", w.W_o @ x + w.U_o @ h))
        c = f * c + i * g
        h = o * np.tanh(norm("norm_c", c))
        ys.append(h)
    return {"ys": np.stack(ys)}


def prepared(weights, xs):
    w = Instance(weights, "chained")
    a, h, ys = w.W[3], np.zeros(4), []
    b = np.tanh(a)
    c = b * a - w.W[5]
    for x in xs:
        h = np.tanh(a * x + b * h + c + w.V @ np.maximum(w.W @ x, 0))
        ys.append(h)
    return {"ys": np.stack(ys)}


def nested(weights, xs):
    tower = Instance(weights, "tower")
    pair = tower.part("pair")
    leaky = {
        "lower": [pair.part("lower"), np.full(8, 0.25)],
        "upper": [pair.part("upper"), np.full(8, 0.25)],
        "top": [tower.part("top"), np.full(8, 0.25)],
    }

    def advance(name, x):
        w, s = leaky[name]
        leaky[name][1] = 0.9 * s + 0.1 * np.tanh(w.W @ x + w.U @ s)
        return leaky[name][1]

    mood, ys, moods = 1.0, [], []
    for x in xs:
        low = x + mood * advance("lower", x)
        high = low + advance("upper", low)
        mood = sigmoid(pair.w @ high + mood)
        ys.append(advance("top", high) * mood)
        moods.append(mood)
    return {"ys": np.stack(ys), "moods": np.stack(moods)}


def tagger(weights, words):
    def run(name, xs):
        w, h, hs = Instance(weights, name), np.zeros(11), []
        for x in xs:
            h = np.tanh(w.W @ x + w.U @ h + w.b)
            hs.append(h)
        return np.stack(hs)

    xs = weights["table.rows_of"][words]
    both = np.concatenate([run("forward", xs), run("backward", xs[::-1])[::-1]], axis=1)
    scores = both @ weights["score.W"].T + weights["score.b"]
    return {"scores": scores, "tags": scores.argmax(axis=1)}


def initial_states(weights, xs, h0, summary):
    w = Instance(weights, "counter")
    h, c, ys = h0, np.tanh(weights["P"] @ summary), []
    for x in xs:
        c = 0.5 * c + sigmoid(w.W @ x + w.U @ h)
        h = np.sin(c)
        ys.append(h)
    return {"ys": np.stack(ys), "h": h, "c": c}


def matrix_state(weights, xs):
    w = Instance(weights, "memory")
    C, n, m, ys = np.zeros((17, 17)), np.zeros(17), 0.0, []
    for x in xs:
        q, k, v = w.W_q @ x, w.W_k @ x / np.sqrt(17), w.W_v @ x
        a = w.w_i @ x + w.b_i
        g = np.log(sigmoid(w.w_f @ x + w.b_f))
        before, m = m, max(g + m, a)
        i, f = np.exp(a - m), np.exp(g + before - m)
        C = f * C + i * np.outer(v, k)
        n = f * n + i * k
        ys.append(sigmoid(w.W_o @ x + w.b_o) * (C @ q) / max(abs(n @ q), np.exp(-m)))
    return {"ys": np.stack(ys)}


def attention(weights, xs, memory):
    w = Instance(weights, "reader")
    h, ys = np.zeros(16), []
    for x in xs:
        context = softmax(np.tanh(w.W @ h + memory @ w.U.T) @ w.v) @ memory
        z = sigmoid(w.W_z @ x + w.V_z @ context + w.U_z @ h)
        n = np.tanh(w.W_n @ x + w.V_n @ context + w.U_n @ h)
        h = np.where(z > 0.9, n, (1 - z) * n + z * h)
        ys.append(h)
    return {"ys": np.stack(ys)}


def character_logits(weights, text):
    """Logits of the character model in examples/charlm: PyTorch's layout, gates i, f, g, o."""
    w = Instance(weights, "lstm")
    h, c, logits = np.zeros(128), np.zeros(128), []
    for x in weights["embedding.weight"][text]:
        sums = w.weight_ih_l0 @ x + w.weight_hh_l0 @ h + w.bias_ih_l0 + w.bias_hh_l0
        i, f, g, o = np.split(sums, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        logits.append(weights["linear.weight"] @ h + weights["linear.bias"])
    return np.stack(logits)


def _random_weights(generator, shapes):
    """f32 weights of a size that keeps sums near one; gains and shifts near one and zero.

    Variances are above zero.
    """
    weights = {}
    for name, shape in shapes.items():
        scale = 1 / np.sqrt(shape[-1]) if len(shape) > 1 else 0.5
        centre = 1.0 if name.endswith((".gain", "_variance")) else 0.0
        weights[name] = (centre + scale * generator.normal(size=shape)).astype(np.float32)
        if name.endswith("_variance"):
            weights[name] = np.abs(weights[name]) + np.float32(0.1)
    return weights


def shapes_of(path, groups):
    """{"p.W_a": shape, "p.W_b": shape} from {"W_a W_b": shape}."""
    shapes = {}
    for names, shape in groups.items():
        for name in names.split():
            shapes[f"{path}.{name}" if path else name] = shape
    return shapes


def normal(generator, *shape):
    return generator.normal(size=shape).astype(np.float32)


def make_case(name, function, shapes, sequences, generator, constants=None, outputs=None, **more):
    weights = _random_weights(generator, shapes)
    constants = constants or {}
    exact = {key: value.astype(np.float64) for key, value in weights.items()}
    inputs = {
        key: value.astype(np.float64) if value.dtype == np.float32 else value
        for key, value in (sequences | constants).items()
    }
    results = function(exact, **inputs)
    expected = {
        key: Expected(results[key], 0 if results[key].dtype.kind == "i" else 2e-5, exact=1e-6)
        for key in outputs or results
    }
    source = HERE / f"{more.pop('file', name)}.fold"
    return Case(name, source, weights, sequences, expected, constants=constants, **more)


def _five_gates(name="five_gates", inputs=5, units=19, **more):
    g = np.random.default_rng(1)
    shapes = shapes_of(
        "cell5",
        {
            "W_i W_f W_g W_o W_p": (units, inputs),
            "U_i U_f U_g U_o U_p": (units, units),
            "b_i b_f b_g b_o b_p peek": (units,),
        },
    )
    sequences = {"xs": normal(g, 100, inputs)}
    return make_case(name, five_gates, shapes, sequences, g, file="five_gates", **more)


def _layer_norm():
    g = np.random.default_rng(2)
    shapes = shapes_of("memory", {"W_i W_f W_g W_o": (21, 6), "U_i U_f U_g U_o": (21, 21)})
    for norm in ("norm_i", "norm_f", "norm_g", "norm_o", "norm_c"):
        shapes |= shapes_of(f"memory.{norm}", {"gain shift": (21,)})
    return make_case("layer_norm", layer_norm, shapes, {"xs": normal(g, 100, 6)}, g)


def _nested():
    g = np.random.default_rng(3)
    shapes = {"tower.pair.w": (8,)}
    for path in ("tower.pair.lower", "tower.pair.upper", "tower.top"):
        shapes |= shapes_of(path, {"W U": (8, 8)})
    return make_case("nested", nested, shapes, {"xs": normal(g, 100, 8)}, g)


def _prepared():
    g = np.random.default_rng(9)
    shapes = {"chained.W": (20, 4), "chained.V": (4, 20)}
    return make_case("prepared", prepared, shapes, {"xs": normal(g, 100, 4)}, g)


def _tagger():
    g = np.random.default_rng(4)
    shapes = {"table.rows_of": (23, 7), "score.W": (5, 22), "score.b": (5,)}
    for path in ("forward", "backward"):
        shapes |= shapes_of(path, {"W": (11, 7), "U": (11, 11), "b": (11,)})
    words = {"words": g.integers(0, 23, 60).astype(np.int32)}
    return make_case("tagger", tagger, shapes, words, g, why_not="scan reverse")


def _initial_states(name, model, outputs, **more):
    g = np.random.default_rng(5)
    shapes = shapes_of("counter", {"W": (18, 4), "U": (18, 18)}) | {"P": (18, 3)}
    constants = {"h0": normal(g, 18), "summary": normal(g, 3)}
    sequences = {"xs": normal(g, 80, 4)}
    more |= {"file": "initial_states", "model": model, "outputs": outputs}
    return make_case(name, initial_states, shapes, sequences, g, constants, **more)


def _matrix_state():
    g = np.random.default_rng(6)
    shapes = shapes_of(
        "memory",
        {"W_q W_k W_v W_o": (17, 6), "w_i w_f": (6,), "b_i b_f": (), "b_o": (17,)},
    )
    return make_case("matrix_state", matrix_state, shapes, {"xs": normal(g, 90, 6)}, g)


def _attention():
    g = np.random.default_rng(7)
    shapes = shapes_of(
        "reader",
        {
            "W": (10, 16),
            "U": (10, 9),
            "v": (10,),
            "W_z W_n": (16, 4),
            "V_z V_n": (16, 9),
            "U_z U_n": (16, 16),
        },
    )
    constants = {"memory": normal(g, 13, 9)}
    return make_case("attention", attention, shapes, {"xs": normal(g, 60, 4)}, g, constants)


def _charlm(name, model, **more):
    folder = ROOT / "examples" / "charlm"
    text = np.frombuffer((folder / "sample.txt").read_bytes().removesuffix(b"\n"), np.uint8)
    text = text.astype(np.int32)
    path = folder / "weights.safetensors"
    weights = {key: value.astype(np.float64) for key, value in read_safetensors(path).items()}
    logits = character_logits(weights, text)
    guesses = np.concatenate([[ord(" ")], logits[:-1].argmax(axis=1)])
    outputs = {
        "read": Expected(text, 0),
        "expected": Expected(guesses, 0),
        "share": Expected((guesses == text).mean(), 1e-6),
        "probabilities": Expected(softmax(logits), 2e-5, exact=1e-6),
    }
    expected = {key: outputs[key] for key in more.pop("outputs")}
    source = folder / "charlm.fold"
    return Case(name, source, path, {"text": text}, expected, model=model, **more)


CASES = {
    "five_gates": _five_gates,
    "five_gates_wide": lambda: _five_gates(
        "five_gates_wide", 40, 64, dims={"I": 40, "H": 64}
    ),
    "layer_norm": _layer_norm,
    "nested": _nested,
    "prepared": _prepared,
    "tagger": _tagger,
    "initial_states": lambda: _initial_states("initial_states", "Given", ["ys"]),
    "final_states": lambda: _initial_states(
        "final_states", "Last", ["ys", "h", "c"], at_end=("h", "c")
    ),
    "matrix_state": _matrix_state,
    "attention": _attention,
    "charlm": lambda: _charlm(
        "charlm", "CharLm", outputs=["read", "expected", "share"], why_not="work along time"
    ),
    "charlm_probabilities": lambda: _charlm(
        "charlm_probabilities", "Probabilities", outputs=["probabilities"]
    ),
}
