"""IREE as a peer: `iree_driver.py THREADS`.

Imports the ONNX model, compiles it for this processor, and calls it through its Python runtime.
"""

import os
import subprocess
import sys
import tempfile

threads = int(sys.argv[1])
os.sched_setaffinity(0, range(threads))

import iree.compiler
import iree.runtime
import iree.runtime.version
import numpy as np

import driver

KINDS = {"f32": np.float32, "i64": np.int64}


def _compile(path):
    with tempfile.TemporaryDirectory() as scratch:
        text = f"{scratch}/model.mlir"
        command = [sys.executable, "-m", "iree.compiler.tools.import_onnx", path, "-o", text]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return iree.compiler.compile_file(
            text,
            input_type="onnx",
            extra_args=[
                "--iree-hal-target-device=local",
                "--iree-hal-local-target-device-backends=llvm-cpu",
                "--iree-llvmcpu-target-cpu=host",
                "--iree-opt-level=O3",
            ],
        )


def load(folder):
    case = folder.case
    # Arguments and results have no names here, but the order of the lines.
    arguments = [(kind, words) for kind, words in folder.lines if kind in ("input", "state")]
    results = [(kind, words[0]) for kind, words in folder.lines if kind in ("output", "state")]
    output = [kind for kind, _ in results].index("output")
    device = iree.runtime.get_device("local-sync" if threads == 1 else "local-task")
    context = iree.runtime.SystemContext(config=iree.runtime.Config(device=device))
    compiled = _compile(folder.path / "model.onnx")
    module = iree.runtime.VmModule.copy_buffer(context.instance, compiled)
    context.add_vm_module(module)
    names = [name for name in module.function_names if "$" not in name and name[:2] != "__"]
    function = context.modules.module[names[0]]

    def on_device(array, shape):
        array = np.ascontiguousarray(array.reshape([int(size) for size in shape]))
        return iree.runtime.asdevicearray(device, array)

    def read_part(i, words):
        """What an input is in the i-th call."""
        _, file, kind, *shape = words
        array = folder.read(file, KINDS[kind])
        is_shared = array.size == np.prod([int(size) for size in shape])
        return on_device(array if is_shared else np.split(array, case.calls)[i], shape)

    def make_zeros(words):
        _, _, *shape = words
        return on_device(np.zeros([int(size) for size in shape], np.float32), shape)

    zeros = [make_zeros(words) for kind, words in arguments if kind == "state"]
    calls = [
        [read_part(i, words) if kind == "input" else None for kind, words in arguments]
        for i in range(case.calls)
    ]

    def run():
        states, outputs = zeros, []
        for inputs in calls:
            remaining = iter(states)
            found = function(*(next(remaining) if x is None else x for x in inputs))
            found = found if isinstance(found, tuple) else (found,)
            states = [value for value, (kind, _) in zip(found, results) if kind == "state"]
            outputs.append(found[output])
        return outputs

    return run, lambda outputs: np.concatenate([y.to_host().ravel() for y in outputs])


driver.serve(iree.runtime.version.VERSION, load)
