"""Trained networks whose weights and expected numbers lie outside the repository.

GATEFOLD_CORPUS names their folder; by default it is ../shared/corpus beside the repository.
"""

import json
import os
import pathlib
import wave

import numpy as np

from cases import ROOT, Case, Expected, Generation
from tensors import read_safetensors

EXAMPLES = ROOT / "examples"


def folder():
    """Where the networks lie; None when they are not there."""
    path = pathlib.Path(os.environ.get("GATEFOLD_CORPUS", ROOT.parent / "shared" / "corpus"))
    return path if (path / "MODELS.md").is_file() else None


def _rtneural(kind, file, source, model):
    golden = read_safetensors(folder() / "rtneural" / f"golden_{file}.safetensors")
    return Case(
        name=f"rtneural_{kind}",
        source=EXAMPLES / source,
        model=model,
        weights=folder() / "rtneural" / f"{file}_weights.safetensors",
        sequences={"samples": golden["x_published"]},
        expected={"y": Expected(golden["y_published"], 1e-6)},
        golden="its authors' numbers",
    )


def _wakeword(model, stream):
    golden = read_safetensors(folder() / "precise_wakeword" / "golden_athena.safetensors")
    clip = np.abs(golden["prob_np64"] - 0.5).argmin()  # the one that is hardest to decide
    expected = {"probability": Expected(golden["prob_np64"][clip], 1e-5, last_only=stream)}
    clips = {
        "probability": Expected(golden["prob_np64"], 1e-5),
        "memory": Expected(golden["state_np64"], 1e-4),
    }
    if not stream:
        expected["memory"] = Expected(golden["state_np64"][clip], 1e-4)
    return Case(
        name="precise_wakeword_stream" if stream else "precise_wakeword",
        source=EXAMPLES / "precise_wakeword.fold",
        model=model,
        weights=folder() / "precise_wakeword" / "precise_athena_weights.safetensors",
        sequences={"mfcc": golden["mfcc"][clip]},
        expected=expected,
        at_end=() if stream else ("probability", "memory"),
        chunk=11,
        more=None if stream else ({"mfcc": golden["mfcc"]}, clips),
    )


def _charrnn(author, **dims):
    golden = read_safetensors(folder() / "ml5_charrnn" / f"golden_{author}.safetensors")
    return Case(
        name=f"ml5_charrnn_{author}",
        source=EXAMPLES / "ml5_charrnn.fold",
        model="CharRnn",
        dims=dims,
        weights=folder() / "ml5_charrnn" / f"charrnn_{author}_weights.safetensors",
        sequences={"ids": golden["input_ids"]},
        expected={"logits": Expected(golden["logits_np64"], 5e-4)},
    )


def charrnn_greedy(author):
    """Seed and greedy continuation of a character model: the ids, how many are seed, and margins."""
    golden = read_safetensors(folder() / "ml5_charrnn" / f"golden_{author}.safetensors")
    seed, greedy = golden["greedy_seed_ids"], golden["greedy_ids"]
    return np.concatenate([seed, greedy]), len(seed), golden["greedy_margin"]


def _rnnoise(kind, golden_file, model):
    golden = read_safetensors(folder() / "rnnoise" / f"golden_{golden_file}.safetensors")
    return Case(
        name=f"rnnoise_{kind}",
        source=EXAMPLES / "rnnoise.fold",
        model=model,
        weights=folder() / "rnnoise" / f"rnnoise_{kind}_int8.safetensors",
        sequences={"features": golden["features"]},
        expected={
            "gains": Expected(golden["gains_c"], 1e-4),
            "vad": Expected(golden["vad_c"], 1e-4),
        },
        ignored=("tansig_table",),
        golden="the original program",
    )


def sound(path, size):
    """The samples of a 16-bit sound as [chunks, size], the last chunk filled up with zeros."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)
    chunks = np.zeros((-(-len(samples) // size), size), np.float32)
    chunks.ravel()[: len(samples)] = samples
    return chunks


def _silero(name, weights, golden_file, golden):
    path = folder() / "silero_vad"
    numbers = read_safetensors(path / f"golden_{golden_file}.safetensors")
    probabilities = numbers[golden]
    speaking, now = [], False
    for p in probabilities:
        now = p >= 0.5 or (now and p >= 0.35)
        speaking.append(now)
    return Case(
        name=name,
        source=EXAMPLES / "silero_vad.fold",
        has_small_copy=True,
        weights=path / f"{weights}.safetensors",
        sequences={"sound": sound(path / "test_16k.wav", 512)},
        expected={
            "probability": Expected(probabilities, 1e-5),
            "speaking": Expected(np.array(speaking), 0),
        },
        golden="ONNX Runtime" if golden == "prob_ort" else "PyTorch",
    )


def _dtln(name, model, weights, golden_file, signal, mask, golden):
    path = folder() / "dtln"
    numbers = read_safetensors(path / f"golden_{golden_file}.safetensors")
    clean = numbers[signal].reshape(-1, 128)
    return Case(
        name=name,
        source=EXAMPLES / "dtln.fold",
        has_small_copy=True,
        model=model,
        weights=path / f"{weights}_weights.safetensors",
        sequences={"noisy": sound(path / "noisy_16k.wav", 128)[: len(clean)]},
        expected={"clean": Expected(clean, 1e-5), "mask": Expected(numbers[mask], 1e-4)},
        golden=golden,
    )


def _g2p():
    """One word for all checks of its scores; all of them are generated."""
    path = folder() / "g2p_en"
    golden = read_safetensors(path / "golden.safetensors")
    letters, sounds = golden["input_len"][0] - 1, golden["output_len"][0]
    said = np.concatenate([[2], golden["output_ids"][0, :sounds]])
    return Case(
        name="g2p_en",
        source=EXAMPLES / "g2p_en.fold",
        has_small_copy=True,
        model="Scores",
        weights=path / "g2p_en_weights.safetensors",
        sequences={"said": said},
        constants={"word": golden["input_ids"][0, :letters]},
        expected={
            "scores": Expected(golden["logits_first32"][0, : sounds + 1], 1e-4),
            "memory": Expected(golden["enc_hidden"][0], 1e-4),
        },
        at_end=("memory",),
        chunk=5,
        generations=(_all_words(golden, json.loads((path / "vocab.json").read_text())),),
    )


def _all_words(golden, vocabulary):
    """All words as one batch: the numbers of their sounds, and what is printed."""
    arguments, lines = [], []
    for ids, length in zip(golden["input_ids"], golden["input_len"]):
        letters = (vocabulary["graphemes"][letter] for letter in ids[: length - 1])
        arguments += ["--text", "word=" + "".join("?" if c == "<unk>" else c for c in letters)]
    for ids, length in zip(golden["output_ids"], golden["output_len"]):
        lines.append(" ".join(vocabulary["phonemes"][sound] for sound in ids[:length]) + "\n")
    tokens = golden["output_ids"][:, : golden["output_len"].max()]
    return Generation("G2p", "sounds", tokens, arguments=tuple(arguments), text="".join(lines))


def _textgenrnn(kind):
    path = folder() / "textgenrnn"
    golden = read_safetensors(path / f"golden_{kind}.safetensors")
    probabilities = golden["probs_np64"]
    return Case(
        name=f"textgenrnn_{kind}",
        source=EXAMPLES / "textgenrnn.fold",
        has_small_copy=True,
        model="Probabilities",
        weights=path / f"textgenrnn_{kind}_weights.safetensors",
        sequences={"text": golden["input_ids"][0]},
        expected={"probabilities": Expected(probabilities[0], 1e-5)},
        why_not="work along time",
        at_end=("probabilities",),
        more=({"text": golden["input_ids"]}, {"probabilities": Expected(probabilities, 1e-5)}),
        generations=tuple(_continuations(path, kind)),
    )


def _continuations(path, kind):
    """What the network writes behind a few words."""
    vocabulary = json.loads((path / "vocab.json").read_text())
    for example in json.loads((path / f"greedy_{kind}.json").read_text()):
        more = example["greedy"][len(example["prefix"]) :]
        yield Generation(
            "Continue",
            "more",
            np.array([vocabulary[character] for character in more]),
            arguments=(
                *("--vocabulary", f"letters={path / 'vocab.json'}"),
                *("--text", f"text={example['prefix']}", "--limit", len(more)),
            ),
            text=more + "\n",
        )


def story(number):
    """A prompt with its greedy continuation: `prompt`, `text`, and the ids of both."""
    return json.loads((folder() / "stories260K" / "golden_stories260K.json").read_text())[number]


def _stories(number):
    path = folder() / "stories260K"
    golden = read_safetensors(path / "golden_stories260K.safetensors")
    tale = story(number)
    made = np.array(tale["tokens"][len(tale["prompt_ids"]) :])
    told = Generation(
        "Story",
        "story",
        made,
        arguments=(
            *("--vocabulary", f"pieces={path / 'tok512_stories260K.bin'}"),
            *("--text", f"prompt={tale['prompt']}", "--limit", len(made)),
        ),
        text=tale["text"].removeprefix(tale["prompt"]) + "\n",
    )
    return Case(
        name=f"stories260k_{number}",
        source=EXAMPLES / "stories260k.fold",
        has_small_copy=True,
        model="Scores",
        weights=path / "stories260K_weights.safetensors",
        sequences={"tokens": np.array(tale["tokens"][:-1])},
        expected={"logits": Expected(golden[f"logits_{number}"], 1e-4)},
        generations=(told,),
    )


def _rwkv(version, file, model):
    path = folder() / "tiny_rwkv"
    golden = read_safetensors(path / f"golden_{file}.safetensors")
    published = Expected(golden["published_logits_after_quote_i_n"], 1e-4, last_only=True)
    prompt = golden["input_bytes"].tobytes().decode().removeprefix('"')
    more = Generation(
        f"Continue{version}",
        "text",
        golden["greedy_bytes"],
        arguments=("--text", f"prompt={prompt}"),
        text=golden["greedy_bytes"].tobytes().decode() + "\n",
    )
    return Case(
        name=f"tiny_rwkv_{version}",
        source=EXAMPLES / "tiny_rwkv.fold",
        has_small_copy=True,
        model=model,
        weights=path / f"tiny_rwkv_{file}_weights.safetensors",
        sequences={"text": golden["input_bytes"].astype(np.int32)},
        expected={"logits": Expected(golden["logits_np64"], 1e-4)},
        more=({"text": golden["input_bytes"][:3]}, {"logits": published}),
        generations=(more,),
    )


CASES = {
    "rtneural_lstm": lambda: _rtneural(
        "lstm", "lstm_torch", "rtneural_lstm.fold", "RtneuralLstm"
    ),
    "rtneural_gru": lambda: _rtneural("gru", "gru", "rtneural_gru.fold", "RtneuralGru"),
    "precise_wakeword": lambda: _wakeword("WakeWord", stream=False),
    "precise_wakeword_stream": lambda: _wakeword("WakeWordStream", stream=True),
    "ml5_charrnn_shakespeare": lambda: _charrnn("shakespeare"),
    "ml5_charrnn_darwin": lambda: _charrnn("darwin", V=100),
    "ml5_charrnn_bolano": lambda: _charrnn("bolano", V=116, N=256),
    "rnnoise_orig": lambda: _rnnoise("orig", "orig_noisy", "Rnnoise"),
    "rnnoise_bd": lambda: _rnnoise("bd", "bd", "RnnoiseTanh"),
    "silero_vad": lambda: _silero(
        "silero_vad", "silero_vad_16k_op15_weights", "onnx_op15", "prob_ort"
    ),
    "silero_vad_torch": lambda: _silero(
        "silero_vad_torch", "silero_vad_16k", "safetensors_weights", "prob_torch_f32"
    ),
    "dtln": lambda: _dtln(
        "dtln", "Dtln", "dtln", "noisy", "signal_ort", "mask1_ort", "ONNX Runtime"
    ),
    "dtln_norm": lambda: _dtln(
        "dtln_norm",
        "DtlnNorm",
        "dtln_norm_40h",
        "norm40h_noisy",
        "signal_np64",
        "mask1_np64",
        "NumPy, f64",
    ),
    "g2p_en": _g2p,
    "textgenrnn_default": lambda: _textgenrnn("default"),
    "textgenrnn_hacker_news": lambda: _textgenrnn("hacker_news"),
    "stories260k_0": lambda: _stories(0),
    "stories260k_2": lambda: _stories(2),
    "stories260k_3": lambda: _stories(3),
    "stories260k_4": lambda: _stories(4),
    "tiny_rwkv_4": lambda: _rwkv("4", "4v0-660K", "Scores4"),
    "tiny_rwkv_5": lambda: _rwkv("5", "5v2-730K", "Scores5"),
}
