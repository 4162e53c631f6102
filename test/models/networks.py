"""The networks of examples/ once more, in NumPy and double precision, small and with seeded random weights.

They stand in for the trained networks where those are missing, and say what their texts have to compute. Every
function takes the weights by the names of the checkpoint and the inputs of one example and returns the outputs by
name.
"""

import json
import struct

import numpy as np

from cases import ROOT, Case, Expected, Generation
from reference import sigmoid, softmax

EXAMPLES = ROOT / "examples"


def relu(x):
    return np.maximum(x, 0)


def standardize(x, epsilon=1e-5):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)


class Layer:
    """The weights below one prefix: `Layer(weights, "a.")["b"]` is `weights["a.b"]`."""

    def __init__(self, weights, prefix):
        self._weights, self._prefix = weights, prefix

    def __getitem__(self, name):
        return self._weights[self._prefix + name]

    def norm(self, name, x):
        return self[f"{name}.weight"] * standardize(x) + self[f"{name}.bias"]


def lstm(x_kernel, h_kernel, bias, xs):
    """Gates i, f, g, o beside each other, multiplied from the left; all h."""
    size = h_kernel.shape[0]
    h, c, hs = np.zeros(size), np.zeros(size), []
    for x in xs:
        i, f, g, o = np.split(x @ x_kernel + h @ h_kernel + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs)


def keras_lstm(weights, name, xs):
    part = Layer(weights, f"{name}.")
    return lstm(part["kernel"], part["recurrent_kernel"], part["bias"], xs)


def keras_dense(weights, name, x):
    return x @ weights[f"{name}.kernel"] + weights[f"{name}.bias"]


def rwkv(weights, text, layers, time_mixing):
    """RWKV; `time_mixing` makes, of a block's weights, a function of x and the x before."""
    top = Layer(weights, "")
    blocks = []
    for number in range(layers):
        block = Layer(weights, f"blocks.{number}.")
        width = weights["emb.weight"].shape[1]
        blocks.append([block, time_mixing(block), np.zeros(width), np.zeros(width)])
    logits = []
    for byte in text:
        x = Layer(weights, "blocks.0.").norm("ln0", weights["emb.weight"][byte])
        for memory in blocks:
            block, time, before, channel_before = memory
            y = block.norm("ln1", x)
            x = x + time(y, before)
            z = block.norm("ln2", x)
            r = block["ffn.time_mix_r"] * z + (1 - block["ffn.time_mix_r"]) * channel_before
            k = block["ffn.time_mix_k"] * z + (1 - block["ffn.time_mix_k"]) * channel_before
            key = np.square(relu(block["ffn.key.weight"] @ k))
            x = x + sigmoid(block["ffn.receptance.weight"] @ r) * (block["ffn.value.weight"] @ key)
            memory[2:] = y, z
        logits.append(weights["head.weight"] @ top.norm("ln_out", x))
    return {"logits": np.stack(logits)}


def _mixed(block, letter, name, x, before):
    share = block[f"att.time_mix_{letter}"]
    return block[f"att.{name}.weight"] @ (share * x + (1 - share) * before)


def rwkv4(weights, text, layers):
    def time_mixing(block):
        decay, bonus = block["att.time_decay"], block["att.time_first"]
        sums = {"keys": [], "values": []}

        def time(x, before):
            # As a sum over all steps; the text has it as a recurrence.
            k = _mixed(block, "k", "key", x, before)
            v = _mixed(block, "v", "value", x, before)
            r = sigmoid(_mixed(block, "r", "receptance", x, before))
            count = len(sums["keys"])
            shares = [np.exp(key + (count - 1 - n) * decay) for n, key in enumerate(sums["keys"])]
            shares.append(np.exp(bonus + k))
            sums["keys"].append(k)
            sums["values"].append(v)
            above = sum(share * value for share, value in zip(shares, sums["values"]))
            return block["att.output.weight"] @ (r * above / sum(shares))

        return time

    return rwkv(weights, text, layers, time_mixing)


def rwkv5(weights, text, layers, heads):
    def time_mixing(block):
        width = block["att.key.weight"].shape[0]
        memory = np.zeros((heads, width // heads, width // heads))

        def time(x, before):
            nonlocal memory
            r, k, v = (
                _mixed(block, letter, name, x, before).reshape(heads, -1)
                for letter, name in (("r", "receptance"), ("k", "key"), ("v", "value"))
            )
            gate = _mixed(block, "g", "gate", x, before)
            now = np.einsum("hi,hj->hij", k, v)
            seen = np.einsum("hi,hij->hj", r, memory + block["att.time_faaaa"] * now)
            memory = block["att.time_decay"] * memory + now
            y = block["att.ln_x.weight"] * standardize(seen).ravel() + block["att.ln_x.bias"]
            return block["att.output.weight"] @ (gate * sigmoid(gate) * y)

        return time

    return rwkv(weights, text, layers, time_mixing)


LLAMA_LAYER = ("rms_att", "wq", "wk", "wv", "wo", "rms_ffn", "w1", "w2", "w3")


def llama(weights, tokens, heads, groups):
    def norm(gain, x):
        return gain * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)

    def rotated(x):
        # Neighbours are the parts of a complex number that turns with the position.
        size = x.shape[-1]
        angles = np.arange(len(x))[:, None] * 10000.0 ** (-2 * np.arange(size // 2) / size)
        turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)[:, None]
        return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)

    x = weights["tok_embeddings"][tokens]
    hidden = np.triu(np.full((len(x), len(x)), -np.inf), 1)
    for number in range(len(weights["wq"])):
        w = {key: weights[key][number] for key in LLAMA_LAYER}
        a = norm(w["rms_att"], x)
        q = rotated((a @ w["wq"].T).reshape(len(x), heads, -1))
        k = rotated((a @ w["wk"].T).reshape(len(x), groups, -1)).repeat(heads // groups, axis=1)
        v = (a @ w["wv"].T).reshape(len(x), groups, -1).repeat(heads // groups, axis=1)
        scores = np.einsum("thk,shk->hts", q, k) / np.sqrt(q.shape[-1]) + hidden
        seen = np.einsum("hts,shk->thk", softmax(scores), v).reshape(len(x), -1)
        x = x + seen @ w["wo"].T
        b = norm(w["rms_ffn"], x)
        gate = b @ w["w1"].T
        x = x + (gate * sigmoid(gate) * (b @ w["w3"].T)) @ w["w2"].T
    return {"logits": norm(weights["rms_final"], x) @ weights["tok_embeddings"].T}


def dtln(weights, noisy):
    count, piece = noisy.shape
    size = 4 * piece
    signal = np.concatenate([np.zeros(size - piece), noisy.ravel()])
    frames = np.stack([signal[n * piece : n * piece + size] for n in range(count)])
    spectrum = np.fft.rfft(frames)
    features = np.abs(spectrum)
    if "magnorm.gamma" in weights:
        features = standardize(np.log(features + 1e-7), 1e-7)
        features = features * weights["magnorm.gamma"] + weights["magnorm.beta"]
    hidden = keras_lstm(weights, "lstm1", keras_lstm(weights, "lstm0", features))
    mask = sigmoid(keras_dense(weights, "mask0", hidden))
    code = np.fft.irfft(mask * spectrum, size) @ weights["encoder.kernel"]
    normed = standardize(code, 1e-7) * weights["encnorm.gamma"] + weights["encnorm.beta"]
    hidden = keras_lstm(weights, "lstm3", keras_lstm(weights, "lstm2", normed))
    share = sigmoid(keras_dense(weights, "mask1", hidden))
    clean = np.zeros(len(signal))
    for number, frame in enumerate((share * code) @ weights["decoder.kernel"]):
        clean[number * piece : number * piece + size] += frame
    return {"clean": clean[: count * piece].reshape(count, piece), "mask": mask}


def silero(weights, sound):
    count, size = sound.shape
    context = size // 8
    signal = np.concatenate([np.zeros(context), sound.ravel()])

    def convolution(name, x, stride):
        kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        x = np.pad(x, ((0, 0), (1, 1)))
        places = range(0, x.shape[1] - 2, stride)
        columns = [np.einsum("oik,ik->o", kernel, x[:, n : n + 3]) + bias for n in places]
        return relu(np.stack(columns, axis=1))

    heard = []
    for number in range(count):
        chunk = signal[number * size : (number + 1) * size + context]
        chunk = np.pad(chunk, (0, context), mode="reflect")
        frames = np.stack([chunk[n : n + size // 2] for n in range(0, size // 4 * 4, size // 4)])
        waves = weights["stft_conv.weight"][:, 0] @ frames.T
        x = np.hypot(*np.split(waves, 2))
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
            x = convolution(name, x, stride)
        heard.append(x[:, 0])
    part = Layer(weights, "lstm_cell.")
    bias = part["bias_ih"] + part["bias_hh"]
    hs = lstm(part["weight_ih"].T, part["weight_hh"].T, bias, heard)
    out = relu(hs) @ weights["final_conv.weight"][0, :, 0] + weights["final_conv.bias"]
    probability = sigmoid(out)
    speaking, now = [], False
    for p in probability:
        now = p >= 0.5 or (now and p >= 0.35)
        speaking.append(now)
    return {"probability": probability, "speaking": np.array(speaking)}


def g2p(weights, word, said):
    def gru(side, h, x):
        w = Layer(weights, f"{side}_")
        r, z, n = np.split(w["w_ih"] @ x + w["b_ih"], 3)
        s, y, m = np.split(w["w_hh"] @ h + w["b_hh"], 3)
        r, z = sigmoid(r + s), sigmoid(z + y)
        return (1 - z) * np.tanh(n + r * m) + z * h

    h = np.zeros(weights["enc_w_hh"].shape[1])
    for letter in (*word, 2):
        h = gru("enc", h, weights["enc_emb"][letter])
    memory, scores = h, []
    for sound in said:
        h = gru("dec", h, weights["dec_emb"][sound])
        scores.append(weights["fc_w"] @ h + weights["fc_b"])
    return {"scores": np.stack(scores), "memory": memory}


def textgenrnn(weights, text):
    x = weights["embedding"][text]
    lower = keras_lstm(weights, "rnn_1", x)
    thoughts = np.concatenate([x, lower, keras_lstm(weights, "rnn_2", lower)], axis=1)
    scores = thoughts @ weights["attention.W"][:, 0]
    shares = np.exp(scores - scores.max())
    context = shares @ thoughts / (shares.sum() + 1e-7)
    return {"probabilities": softmax(keras_dense(weights, "output", context))}


def greedy(scores, begun, limit, end=None):
    """The tokens behind `begun`, each the best by the scores of all before it."""
    tokens = list(begun)
    while len(tokens) < len(begun) + limit:
        best = int(np.argmax(scores(np.array(tokens))))
        if best == end:
            break
        tokens.append(best)
    return np.array(tokens[len(begun) :])


def _double(weights):
    return {key: value.astype(np.float64) for key, value in weights.items()}


def _weights(generator, shapes):
    """f32 weights from {"a b": shape}, of a size that keeps sums near one."""
    weights = {}
    for names, shape in shapes.items():
        for name in names.split():
            inputs = shape[0] if name.endswith("kernel") else int(np.prod(shape[1:]))
            scale = 0.3 if len(shape) == 1 else 1 / np.sqrt(max(inputs, 1))
            is_gain = "gamma" in name or "rms_" in name or ("ln" in name and "weight" in name)
            values = generator.normal(size=shape) * scale + is_gain
            weights[name] = values.astype(np.float32)
    return weights


def _below(prefix, shapes):
    return {" ".join(prefix + n for n in names.split()): s for names, s in shapes.items()}


def _case(name, function, weights, sequences, tolerance=2e-5, settings=None, **more):
    """A case of the text `file`; `settings` are more arguments of the function."""
    constants = more.get("constants", {})
    results = function(_double(weights), **sequences, **constants, **(settings or {}))
    expected = {}
    for key, values in results.items():
        whole = values.dtype.kind in "bi"
        expected[key] = Expected(values, 0 if whole else tolerance, exact=0 if whole else 1e-6)
    source = EXAMPLES / f"{more.pop('file')}.fold"
    return Case(name, source, weights, sequences, expected, **more)


def _rwkv_shapes(width, hidden, layers, time):
    shapes = {"emb.weight head.weight": (256, width), "ln_out.weight ln_out.bias": (width,)}
    shapes |= {"blocks.0.ln0.weight blocks.0.ln0.bias": (width,)}
    for number in range(layers):
        block = {
            "ln1.weight ln1.bias ln2.weight ln2.bias ffn.time_mix_k ffn.time_mix_r": (width,),
            "ffn.key.weight": (hidden, width),
            "ffn.value.weight": (width, hidden),
            "ffn.receptance.weight": (width, width),
            "att.key.weight att.value.weight att.receptance.weight att.output.weight": (width, width),
            "att.time_mix_k att.time_mix_v att.time_mix_r": (width,),
        }
        shapes |= _below(f"blocks.{number}.", block | time)
    return shapes


def _bytes(generator, count):
    return {"text": generator.integers(0, 256, count).astype(np.int32)}


def _rwkv4():
    g = np.random.default_rng(21)
    weights = _weights(g, _rwkv_shapes(20, 24, 2, {"att.time_decay att.time_first": (20,)}))
    for name in weights:
        if name.endswith("time_decay"):
            weights[name] = -np.exp(weights[name])
    prompt = _bytes(g, 9)["text"]
    begun = [ord('"'), *prompt]
    made = greedy(lambda text: rwkv4(_double(weights), text, 2)["logits"][-1], begun, 12)
    arguments = ("--limit", len(made))
    return _case(
        "rwkv4",
        rwkv4,
        weights,
        _bytes(g, 70),
        generations=(Generation("Continue4", "text", made, {"prompt": prompt}, arguments),),
        settings={"layers": 2},
        file="tiny_rwkv",
        model="Scores4",
        dims={"D": 20, "F": 24, "L": 2},
    )


def _rwkv5():
    g = np.random.default_rng(22)
    time = {
        "att.time_mix_g att.ln_x.weight att.ln_x.bias": (20,),
        "att.gate.weight": (20, 20),
        "att.time_decay att.time_faaaa": (4, 5, 1),
    }
    weights = _weights(g, _rwkv_shapes(20, 24, 2, time))
    for name in weights:
        if name.endswith("time_decay"):
            weights[name] = np.exp(-np.exp(weights[name]))
    return _case(
        "rwkv5",
        rwkv5,
        weights,
        _bytes(g, 70),
        tolerance=1e-4,  # small numbers are brought to the variance 1
        settings={"layers": 2, "heads": 4},
        file="tiny_rwkv",
        model="Scores5",
        dims={"D": 20, "F": 24, "N": 4, "L": 2},
    )


def _llama():
    g = np.random.default_rng(146)
    shapes = {
        "tok_embeddings": (30, 24),
        "rms_final": (24,),
        "rms_att rms_ffn": (2, 24),
        "wq wo": (2, 24, 24),
        "wk wv": (2, 12, 24),
        "w1 w3": (2, 18, 24),
        "w2": (2, 24, 18),
    }
    tokens = {"tokens": g.integers(0, 30, 70).astype(np.int32)}
    weights, prompt = _weights(g, shapes), tokens["tokens"][:9]
    weights["tok_embeddings"] *= 0.1  # so that a token is seldom followed by itself
    told = greedy(
        lambda tokens: llama(_double(weights), tokens, 6, 3)["logits"][-1], [1, *prompt], 12, end=1
    )
    arguments = ("--limit", 12)
    pieces = b"".join(struct.pack("<fi1s", 0, 1, bytes([64 + n])) for n in range(30))
    vocabulary = {"pieces.bin": struct.pack("<i", 1) + pieces}
    return _case(
        "llama",
        llama,
        weights,
        tokens,
        generations=(
            Generation("Story", "story", told, {"prompt": prompt}, arguments, None, vocabulary),
        ),
        settings={"heads": 6, "groups": 3},
        file="stories260k",
        model="Scores",
        dims={"V": 30, "D": 24, "F": 18, "N": 6, "G": 3, "L": 2},
    )


def _keras_lstms(**sizes):
    shapes = {}
    for name, (inputs, size) in sizes.items():
        parts = {"kernel": (inputs, 4 * size), "recurrent_kernel": (size, 4 * size), "bias": (4 * size,)}
        shapes |= _below(f"{name}.", parts)
    return shapes


def _dtln(name, model, more):
    g = np.random.default_rng(24)
    shapes = _keras_lstms(lstm0=(17, 20), lstm1=(20, 20), lstm2=(18, 20), lstm3=(20, 20))
    shapes |= {"mask0.kernel": (20, 17), "mask0.bias": (17,), "mask1.kernel": (20, 18), "mask1.bias": (18,)}
    shapes |= {"encoder.kernel": (32, 18), "decoder.kernel": (18, 32), "encnorm.gamma encnorm.beta": (18,)}
    noisy = {"noisy": (0.3 * g.normal(size=(70, 8))).astype(np.float32)}
    dims = {"P": 8, "C": 18, "H": 20}
    return _case(name, dtln, _weights(g, shapes | more), noisy, file="dtln", model=model, dims=dims)


def _silero():
    g = np.random.default_rng(25)
    shapes = {"stft_conv.weight": (130, 1, 128), "final_conv.weight": (1, 128, 1), "final_conv.bias": (1,)}
    sizes = {"conv1": (128, 65), "conv2": (64, 128), "conv3": (64, 64), "conv4": (128, 64)}
    for name, size in sizes.items():
        shapes |= {f"{name}.weight": (*size, 3), f"{name}.bias": (size[0],)}
    shapes |= _below("lstm_cell.", {"weight_ih weight_hh": (512, 128), "bias_ih bias_hh": (512,)})
    weights = _weights(g, shapes)
    weights["final_conv.weight"] *= 80  # so that the probabilities come below and above one half
    weights["final_conv.bias"] -= 4
    sound = {"sound": g.normal(size=(48, 256)).astype(np.float32)}
    return _case("silero_8k", silero, weights, sound, file="silero_vad", dims={"C": 256})


def _g2p():
    g = np.random.default_rng(26)
    shapes = {"enc_emb": (11, 18), "dec_emb": (13, 18), "fc_w": (13, 18), "fc_b": (13,)}
    for side in ("enc_", "dec_"):
        shapes |= _below(side, {"w_ih w_hh": (54, 18), "b_ih b_hh": (54,)})
    weights, word = _weights(g, shapes), g.integers(0, 11, 9).astype(np.int32)
    sounds = greedy(lambda said: g2p(_double(weights), word, said)["scores"][-1], [2], 20, end=3)
    return _case(
        "g2p",
        g2p,
        weights,
        {"said": g.integers(0, 13, 50).astype(np.int32)},
        constants={"word": word},
        generations=(Generation("G2p", "sounds", sounds, {"word": word}),),
        file="g2p_en",
        model="Scores",
        dims={"G": 11, "P": 13, "H": 18},
        at_end=("memory",),
    )


def _textgenrnn():
    g = np.random.default_rng(115)
    shapes = _keras_lstms(rnn_1=(7, 18), rnn_2=(18, 18))
    shapes |= {"embedding": (465, 7), "attention.W": (43, 1)}
    shapes |= {"output.kernel": (43, 465), "output.bias": (465,)}
    weights, text = _weights(g, shapes), g.integers(0, 465, 60).astype(np.int32)
    weights["output.kernel"] *= 20  # so that what was read matters more than the bias
    for name in ("rnn_1.kernel", "rnn_2.kernel", "rnn_2.recurrent_kernel", "attention.W"):
        weights[name] *= 4
    more = greedy(
        lambda text: textgenrnn(_double(weights), text[-40:])["probabilities"],
        [0] * 39 + [464, *text[:9]],
        50,
    )
    arguments = ("--limit", len(more))
    vocabulary = {"letters.json": json.dumps([chr(64 + n) for n in range(465)]).encode()}
    return _case(
        "textgen",
        textgenrnn,
        weights,
        {"text": text},
        generations=(
            Generation("Continue", "more", more, {"text": text[:9]}, arguments, None, vocabulary),
        ),
        file="textgenrnn",
        model="Probabilities",
        dims={"V": 465, "E": 7, "H": 18},
        why_not="work along time",
        at_end=("probabilities",),
    )


CASES = {
    "rwkv4": _rwkv4,
    "rwkv5": _rwkv5,
    "llama": _llama,
    "dtln_small": lambda: _dtln("dtln_small", "Dtln", {}),
    "dtln_norm_small": lambda: _dtln(
        "dtln_norm_small", "DtlnNorm", {"magnorm.gamma magnorm.beta": (17,)}
    ),
    "silero_8k": _silero,
    "g2p": _g2p,
    "textgen": _textgenrnn,
}
