"""Runs the models of distributed.fold with and without the pass, with blocks of several lengths, in chunks and step by
step, on sequences of several lengths, alone and in batches. All results have to be equal to the bit."""

import pathlib
import re
import subprocess
import sys

import numpy as np
from files import safetensors

MODEL = pathlib.Path(__file__).with_name("distributed.fold")
MEMORY = 6
generator = np.random.default_rng(1)


def call(*arguments):
    done = subprocess.run(["gatefold", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{arguments}:\n{done.stderr}")
    return done.stdout


def make_weights(model):
    text = call("compile", MODEL, "--model", model, "--emit=gatefold")
    found = re.findall(r"gatefold.weight @(\S+) : tensor<(\S+)xf32>", text)
    safetensors("w.safetensors", {
        name: generator.normal(size=[int(size) for size in sizes.split("x")], scale=0.4).astype(np.float32)
        for name, sizes in found
    })


def run(model, inputs, outputs, *flags):
    arguments = ["run", MODEL, "--model", model, "--weights", "w.safetensors", "--verify-each", *flags]
    for name, value in inputs.items():
        np.save(f"{name}.npy", value)
        arguments += ["--input", f"{name}={name}.npy"]
    for name in outputs:
        arguments += ["--output", f"{name}=result-{name}.npy"]
    call(*arguments)
    return {name: np.load(f"result-{name}.npy") for name in outputs}


def check(model, outputs, lengths, variants):
    make_weights(model)
    for steps in lengths:
        for batch in ([], [3]):
            inputs = {"xs": generator.normal(size=[*batch, steps, 5]).astype(np.float32)}
            if model == "Main":
                inputs["memory"] = generator.normal(size=[*batch, MEMORY, 20]).astype(np.float32)
            expected = run(model, inputs, outputs, "--disable-pass=distribute-scan")
            for flags in variants:
                found = run(model, inputs, outputs, *flags)
                for name in outputs:
                    if found[name].tobytes() != expected[name].tobytes():
                        sys.exit(f"{model}, {steps} steps, batch {batch}, {flags}: `{name}` differs")


BLOCKS = [[], ["--pass-option=distribute-scan=block=3"], ["--pass-option=distribute-scan=block=1"]]
check("Main", ["stacked", "attentive", "causal", "plain"], [0, 1, 9, 70], [*BLOCKS, ["--chunk", "4"]])
check("Main", ["stacked", "attentive", "causal", "plain"], [9], [["--entry=step"]])
check("Backward", ["both", "later"], [0, 1, 9, 70], BLOCKS)
