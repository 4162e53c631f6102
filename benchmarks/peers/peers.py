"""The peers: what each needs, and how its driver is started."""

import sys

import install
from programs import Peer


def _python(folder, driver, packages):
    """A command that runs a driver in Python with such packages."""
    environment = {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    return [sys.executable, install.DRIVERS / f"{driver}.py"], environment


def _openmp(threads):
    """Settings for two threads that stay where they are, and let go of the processor when they
    wait for long."""
    number = str(threads)
    found = {"OMP_NUM_THREADS": number, "MKL_NUM_THREADS": number, "OMP_DYNAMIC": "false"}
    if threads > 1:
        found["GOMP_CPU_AFFINITY"] = f"0-{threads - 1}"
    return found


def _onnxruntime(folder, threads):
    packages = install.install_packages(folder, "onnxruntime", ["onnxruntime", "onnx"])
    library = install.find_file(packages / "onnxruntime" / "capi", "libonnxruntime.so*")
    program = install.compile_driver(folder, "onnxruntime_driver", ["-ldl"])
    return [program, library, threads], {}


def _onednn(layout):
    def find(folder, threads):
        files = install.unpack_packages(
            folder, "onednn", ["onednn-cpu-gomp", "onednn-devel-cpu-gomp"])
        library = install.find_file(files, "libdnnl.so").parent
        headers = install.find_file(files, "dnnl.hpp").parent
        flags = ["-fopenmp", f"-I{headers}", f"-L{library}", "-ldnnl", f"-Wl,-rpath,{library}"]
        program = install.compile_driver(folder, "onednn_driver", flags)
        return [program, layout, threads], _openmp(threads)

    return find


def _torch(folder, threads):
    packages = install.install_packages(folder, "torch", ["torch", "numpy"])
    command, environment = _python(folder, "torch_driver", packages)
    return [*command, threads], {**environment, **_openmp(threads)}


def _jax(folder, threads):
    packages = install.install_packages(folder, "jax", ["jax", "numpy"])
    command, environment = _python(folder, "jax_driver", packages)
    return [*command, threads], environment


def _openvino(folder, threads):
    packages = install.install_packages(folder, "openvino", ["openvino", "numpy"])
    command, environment = _python(folder, "openvino_driver", packages)
    return [*command, threads], environment


def _iree(folder, threads):
    wanted = ["iree-base-compiler", "iree-base-runtime", "numpy", "onnx"]
    packages = install.install_packages(folder, "iree", wanted)
    command, environment = _python(folder, "iree_driver", packages)
    return [*command, threads], environment


_PEERS = {
    "onnxruntime": _onnxruntime,
    "onednn": _onednn("any"),
    "onednn-plain": _onednn("plain"),
    "torch": _torch,
    "jax": _jax,
    "openvino": _openvino,
    "iree": _iree,
}
NAMES = tuple(_PEERS)


def supports(name, case):
    """Whether a peer has the case at all."""
    if name.startswith("onednn"):
        return case.kind == "recurrent"
    if case.kind == "generation":
        return name == "onnxruntime"
    if case.kind == "attention":
        wanted = ("onnxruntime",) if case.is_stream else ("onnxruntime", "openvino")
        return name in wanted or name == "torch" and not case.cell.endswith("_concat")
    if name in ("torch", "jax"):
        return case.kind != "network"
    return True


def make(name, folder, threads, round_time):
    """A peer ready to load cases; raises install.Unavailable."""
    command, environment = _PEERS[name](folder, threads)
    return Peer(name, command, environment, threads, round_time)
