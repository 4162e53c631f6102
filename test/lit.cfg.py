"""Text tests: every .mlir, .fold and .test file runs its RUN lines."""

import os

import lit.formats

config.name = "Gatefold"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".fold", ".test"]
config.excludes = ["unit", "models", "inspector", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.gatefold_binary_dir + "/test"

# The tools under test come first, then FileCheck, not and count.
tool_dirs = [config.gatefold_tools_dir, config.llvm_tools_dir]
config.environment["PATH"] = os.path.pathsep.join(tool_dirs + [config.environment.get("PATH", "")])
config.environment["GATEFOLD_CACHE"] = ""  # every test compiles for itself
for name in ["ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR"]:
    if name in os.environ:
        config.environment[name] = os.environ[name]

# `REQUIRES: tool-NAME` for tools that a build may leave out; `REQUIRES: avx512f` for the processor.
for name in os.listdir(config.gatefold_tools_dir) if os.path.isdir(config.gatefold_tools_dir) else []:
    config.available_features.add("tool-" + name)
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as cpuinfo:
        flags = next((line for line in cpuinfo if line.startswith("flags")), "").split()
    for flag in ["avx2", "fma", "avx512f"]:
        if flag in flags:
            config.available_features.add(flag)
