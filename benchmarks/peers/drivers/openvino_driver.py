"""OpenVINO as a peer: `openvino_driver.py THREADS`.

Runs the ONNX model for the least latency, in f32, with inputs and outputs that are allocated once.
"""

import os
import sys

threads = int(sys.argv[1])
os.sched_setaffinity(0, range(threads))

import numpy as np
import openvino

import driver

core = openvino.Core()
SETTINGS = {
    "INFERENCE_NUM_THREADS": threads,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_PRECISION_HINT": "f32",
    "CPU_DENORMALS_OPTIMIZATION": True,
}


def _parse_shape(words):
    return [int(word) for word in words]


def _make_tensor(words):
    return openvino.Tensor(np.zeros(_parse_shape(words), np.float32))


def load(folder):
    case = folder.case
    wanted = ("input", "output", "state")
    lines = {kind: [words for key, words in folder.lines if key == kind] for kind in wanted}
    kinds = {"f32": np.float32, "i64": np.int64}
    plain = folder.path / "model-plain.onnx"
    model = core.read_model(plain if plain.exists() else folder.path / "model.onnx")
    shapes = {name: _parse_shape(shape) for name, _, _, *shape in lines["input"]}
    shapes |= {name: _parse_shape(shape) for name, _, *shape in lines["state"]}
    model.reshape(shapes)
    request = core.compile_model(model, "CPU", SETTINGS).create_infer_request()

    inputs = {}  # the tensors of all calls by name
    for name, file, kind, *shape in lines["input"]:
        array, shape = folder.read(file, kinds[kind]), _parse_shape(shape)
        is_shared = array.size == int(np.prod(shape))
        parts = [array] * case.calls if is_shared else np.split(array, case.calls)
        inputs[name] = [openvino.Tensor(part.reshape(shape).copy()) for part in parts]
    outputs = {
        name: [_make_tensor(shape) for _ in range(case.calls)] for name, *shape in lines["output"]
    }
    # Two tensors of each state, which change places after every call.
    states = {
        (source, target): [_make_tensor(shape), _make_tensor(shape)]
        for source, target, *shape in lines["state"]
    }

    def run():
        for two in states.values():
            two[0].data[...] = 0
        for i in range(case.calls):
            for name, tensors in inputs.items():
                request.set_tensor(name, tensors[i])
            for name, tensors in outputs.items():
                request.set_tensor(name, tensors[i])
            for (source, target), two in states.items():
                request.set_tensor(source, two[i % 2])
                request.set_tensor(target, two[1 - i % 2])
            request.infer()
        return outputs

    first = lines["output"][0][0]
    return run, lambda results: np.concatenate([tensor.data.ravel() for tensor in results[first]])


driver.serve(openvino.__version__.split("-")[0], load)
