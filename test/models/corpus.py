"""Trained networks whose weights and expected numbers lie outside the repository.

GATEFOLD_CORPUS names their folder; by default it is ../shared/corpus beside the repository.
"""

import os
import pathlib

import numpy as np

from cases import ROOT, Case, Expected
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
    )


def wakeword_clips():
    """All clips at once, their probabilities and final memories."""
    golden = read_safetensors(folder() / "precise_wakeword" / "golden_athena.safetensors")
    expected = {
        "probability": Expected(golden["prob_np64"], 1e-5),
        "memory": Expected(golden["state_np64"], 1e-4),
    }
    return {"mfcc": golden["mfcc"]}, expected


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
}
