"""The folder of a case: everything that we and the peers need to run it.

    case.txt              the case, and what goes into the ONNX model and out of it
    x.bin                 the input of a run [steps, batch, inputs], f32
    model.fold            the model for us
    weights.safetensors   its weights
    model.onnx            the same model with its weights
    model-plain.onnx      the same of standard operators alone, where model.onnx has others
    onednn-*.bin          the weights in oneDNN's layouts
"""

import dataclasses
import pathlib
import zlib

import numpy as np

import attention
import custom
import generation
import networks
import recurrent
from tensors import write_safetensors

# Counts up when what is written changes, so that older folders are written anew.
_VERSION = 3


def make(case, folder, with_onnx):
    """Writes the folder of a case if it is not there yet; returns its path."""
    folder = pathlib.Path(folder) / case.name
    stamp = f"{_VERSION} {with_onnx} {case}\n"
    done = folder / "done"
    if done.exists() and done.read_text() == stamp:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{field} {value}" for field, value in dataclasses.asdict(case).items()]
    lines.append(f"inputs {case.inputs}")
    if case.kind in ("network", "generation"):
        module = networks if case.kind == "network" else generation
        lines += module.make(case, folder)
    else:
        lines += _make_layer(case, folder, with_onnx)
    (folder / "case.txt").write_text("\n".join(lines) + "\n")
    done.write_text(stamp)
    return folder


def _make_layer(case, folder, with_onnx):
    """Writes weights, texts and models; returns what case.txt says of the ONNX model."""
    module = {"recurrent": recurrent, "custom": custom, "attention": attention}[case.kind]
    random = np.random.default_rng(zlib.crc32(case.name.encode()))
    weights = module.make_weights(case, random)
    write_safetensors(folder / "weights.safetensors", weights)
    (folder / "model.fold").write_text(module.make_text(case))
    shape = (case.total_steps, case.batch, case.inputs)
    random.uniform(-1, 1, shape).astype(np.float32).tofile(folder / "x.bin")
    if case.kind == "recurrent":
        for name, array in recurrent.make_onednn(case, weights).items():
            np.ascontiguousarray(array, np.float32).tofile(folder / name)
    if not with_onnx:
        return []
    from onnx_graph import Graph  # needs a package that is there only with its peer

    graph = Graph()
    module.make_onnx(case, weights, graph)
    graph.save(folder / "model.onnx")
    if case.kind == "attention":  # without operators that only one program has
        plain = Graph()
        module.make_onnx(case, weights, plain, fused=False)
        plain.save(folder / "model-plain.onnx")
    return graph.lines


def read_input(folder, case):
    """The input of a run [steps, batch, inputs]."""
    numbers = np.fromfile(folder / "x.bin", np.float32)
    return numbers.reshape(case.total_steps, case.batch, -1)
