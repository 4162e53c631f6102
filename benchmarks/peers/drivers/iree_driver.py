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
    lines = {kind: [w for k, w in folder.lines if k == kind] for kind in ("input", "state")}
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

    calls = []
    for i in range(case.calls):
        arguments = []
        for _, file, kind, *shape in lines["input"]:
            array = folder.read(file, KINDS[kind])
            is_shared = array.size == np.prod([int(size) for size in shape])
            part = array if is_shared else np.split(array, case.calls)[i]
            arguments.append(on_device(part, shape))
        calls.append(arguments)
    zeros = [
        on_device(np.zeros([int(size) for size in shape], np.float32), shape)
        for _, _, *shape in lines["state"]
    ]

    def run():
        states, outputs = zeros, []
        for arguments in calls:
            results = function(*arguments, *states)
            results = results if isinstance(results, tuple) else (results,)
            states = results[len(results) - len(zeros) :]
            outputs.append(results[0])
        return outputs

    return run, lambda outputs: np.concatenate([output.to_host().ravel() for output in outputs])


driver.serve(iree.runtime.version.VERSION, load)
