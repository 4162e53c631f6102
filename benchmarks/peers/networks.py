"""Trained networks, frame by frame: our texts of examples/ and the ONNX files of their authors.

The files are in the folder that the tests of trained networks use (GATEFOLD_CORPUS).
"""

import dataclasses
import os
import pathlib
import shutil
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


class Missing(Exception):
    """A network's files are not there; the text says what to do."""


@dataclasses.dataclass(frozen=True)
class Network:
    text: str  # in examples/
    weights: str  # in the corpus
    sound: str
    chunk: int  # samples of a step
    input: str
    output: str  # what the peer's first output equals
    model: str = ""  # of the text


NETWORKS = {
    "silero_vad": Network("silero_vad.fold", "silero_vad/silero_vad_16k_op15_weights.safetensors",
                          "silero_vad/test_16k.wav", 512, "sound", "probability"),
    "dtln": Network("dtln.fold", "dtln/dtln_weights.safetensors", "dtln/noisy_16k.wav", 128,
                    "noisy", "mask", model="Dtln"),
}


def find_corpus():
    folder = os.environ.get("GATEFOLD_CORPUS") or ROOT.parent / "shared" / "corpus"
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise Missing(f"{folder} is missing; GATEFOLD_CORPUS names the folder of trained networks")
    return folder


def make(case, folder):
    """Writes text, weights, input and ONNX model; returns what case.txt says of the latter."""
    network, corpus = NETWORKS[case.cell], find_corpus()
    shutil.copyfile(EXAMPLES / network.text, folder / "model.fold")
    shutil.copyfile(corpus / network.weights, folder / "weights.safetensors")
    with wave.open(str(corpus / network.sound)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    # From where somebody speaks.
    first = 16 * network.chunk
    chunks = sound[first : first + case.calls * network.chunk].astype(np.float32) / 32768
    chunks = chunks.reshape(case.calls, network.chunk)
    chunks.tofile(folder / "x.bin")
    return {"silero_vad": _make_silero, "dtln": _make_dtln}[case.cell](corpus, folder, chunks)


def _with_past(chunks, size):
    """Each chunk with the last `size` samples before it."""
    sound = np.concatenate([np.zeros(size, np.float32), chunks.ravel()])
    width = chunks.shape[1]
    starts = range(0, len(chunks) * width, width)
    return np.stack([sound[start : start + size + width] for start in starts])


def _make_silero(corpus, folder, chunks):
    _with_past(chunks, 64).tofile(folder / "onnx-chunk.bin")
    np.array(16000, np.int64).tofile(folder / "onnx-rate.bin")
    shutil.copyfile(corpus / "silero_vad/silero_vad_16k_op15.onnx", folder / "model.onnx")
    return [
        "input input onnx-chunk.bin f32 1 576",
        "output output 1 1",
        "state state stateN 2 1 128",
        "input sr onnx-rate.bin i64",
    ]


def _make_dtln(corpus, folder, chunks):
    """Both cores in one graph. The Fourier transforms between them are not in the ONNX files, so
    the second core hears the noisy frames: as much work, other numbers."""
    frames = _with_past(chunks, 384)
    np.abs(np.fft.rfft(frames)).astype(np.float32).tofile(folder / "onnx-magnitude.bin")
    frames.tofile(folder / "onnx-frame.bin")
    try:
        import onnx
        import onnx.compose
    except ModuleNotFoundError:  # there are no peers then
        return []
    cores = [onnx.load(corpus / f"dtln/model_{number}.onnx") for number in (1, 2)]
    for core, prefix in zip(cores, ("first/", "second/")):
        core.ir_version = cores[0].ir_version
        onnx.compose.add_prefix(core, prefix, inplace=True)
    both = onnx.compose.merge_models(*cores, io_map=[])
    onnx.save(both, folder / "model.onnx")
    return [
        "input first/input_2 onnx-magnitude.bin f32 1 1 257",
        "output first/activation_2 1 1 257",
        "state first/input_3 first/tf_op_layer_stack_2 1 2 128 2",
        "input second/input_4 onnx-frame.bin f32 1 1 512",
        "output second/conv1d_3 1 1 512",
        "state second/input_5 second/tf_op_layer_stack_5 1 2 128 2",
    ]
