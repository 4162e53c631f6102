#!/usr/bin/env python3
"""Checks that trained ONNX models give the numbers that are known of them.

A model is run as it is, and from the text and the weights that `gatefold import` writes; the results of the two are
equal to the bit. GATEFOLD_CORPUS names the folder of the models.
"""

import argparse
import dataclasses
import sys

import numpy as np

import corpus
from cases import ROOT, Expected
from driver import Driver, Failed
from tensors import read_safetensors

SKIPPED = 77  # tells ctest that a test was not run


@dataclasses.dataclass
class OnnxCase:
    """A model in the corpus, what it is run on, and what comes out.

    `fixed` inputs are constants; `flags` are more words for the command line, such as memories.
    """

    model: str
    inputs: dict
    expected: dict
    fixed: dict = dataclasses.field(default_factory=dict)
    flags: tuple = ()


def _silero(model, length):
    golden = read_safetensors(corpus.folder() / "silero_vad" / "golden_onnx_op15.safetensors")
    sound = corpus.sound(corpus.folder() / "silero_vad" / "test_16k.wav", 512)
    before = np.concatenate([np.zeros((1, 64), np.float32), sound[:-1, -64:]])
    chunks = np.concatenate([before, sound], axis=1)[:, None]
    return OnnxCase(
        f"silero_vad/{model}.onnx",
        {"input": chunks},
        {"output": Expected(golden["prob_ort"][:, None, None], 1e-5)},
        {"sr": np.int64(16000)},
        ("--carry", "state=stateN", "--dim", f"{length}=576"),
    )


def _dtln_1():
    golden = read_safetensors(corpus.folder() / "dtln" / "golden_noisy.safetensors")
    return OnnxCase(
        "dtln/model_1.onnx",
        {"input_2": golden["mag"][:, None, None]},
        {"activation_2": Expected(golden["mask1_ort"][:, None, None], 1e-4)},
        flags=("--carry", "input_3=tf_op_layer_stack_2"),
    )


def _dtln_2():
    golden = read_safetensors(corpus.folder() / "dtln" / "golden_noisy.safetensors")
    return OnnxCase(
        "dtln/model_2.onnx",
        {"input_4": golden["est_block_ort"][:, None, None]},
        {"conv1d_3": Expected(golden["out_block_ort"][:, None, None], 1e-5)},
        flags=("--carry", "input_5=tf_op_layer_stack_5"),
    )


def _g2p():
    golden = read_safetensors(corpus.folder() / "g2p_en" / "golden.safetensors")
    letters, sounds = golden["input_len"][0], golden["output_len"][0]
    made = min(sounds + 1, 20)  # the end is one more
    return OnnxCase(
        "g2p_en/g2p_loop.onnx",
        {"ids": golden["input_ids"][0, :letters]},
        {
            "tokens": Expected(golden["output_ids"][0, :sounds], 0),
            "logits": Expected(golden["logits_first32"][0, :made], 1e-4),
            "tokens_count": Expected(np.int64(made), 0),
            "hT": Expected(golden["enc_hidden"][0][None, None], 1e-5),
        },
    )


def _stories(model):
    folder = corpus.folder() / "stories260K"
    golden = read_safetensors(folder / "golden_stories260K.safetensors")
    tokens = np.array(corpus.story(2)["tokens"][:-1])
    return OnnxCase(
        f"stories260K/{model}.onnx",
        {"ids": tokens[None]},
        {"logits": Expected(golden["logits_2"][None], 1e-4)},
    )


def _precise():
    golden = read_safetensors(corpus.folder() / "precise_wakeword" / "golden_athena.safetensors")
    return OnnxCase(
        "precise_wakeword/precise_athena.onnx",
        {"x": golden["mfcc"][:3]},
        {
            "prob": Expected(golden["prob_np64"][:3, None], 1e-5),
            "hs": Expected(golden["state_np64"][:3], 1e-4),
        },
        flags=("--dim", "N=3"),
    )


def _textgenrnn():
    golden = read_safetensors(corpus.folder() / "textgenrnn" / "golden_hacker_news.safetensors")
    return OnnxCase(
        "textgenrnn/textgenrnn_hacker_news.onnx",
        {"ids": golden["input_ids"][:2]},
        {
            "probs": Expected(golden["probs_np64"][:2], 1e-5),
            "attention": Expected(golden["attention_weights"][:2], 1e-5),
        },
        flags=("--dim", "N=2"),
    )


def _stories_cached():
    """One token at a time, with keys and values as memories that grow."""
    golden = read_safetensors(corpus.folder() / "stories260K" / "golden_stories260K.safetensors")
    tokens = np.array(corpus.story(2)["tokens"][:40])[:, None, None]
    flags = []
    for layer in range(5):
        for kind in ("key", "value"):
            flags += ["--carry", f"past_{kind}_{layer}=present_{kind}_{layer}"]
    return OnnxCase(
        "stories260K/stories260K_opset23_kvcache_step.onnx",
        {"ids": tokens, "position_ids": np.arange(len(tokens))[:, None, None]},
        {"logits": Expected(golden["logits_2"][: len(tokens), None, None], 1e-4)},
        flags=tuple(flags),
    )


CASES = {
    "silero": lambda: _silero("silero_vad", "input_1"),
    "silero_16k": lambda: _silero("silero_vad_16k_op15", "sequence"),
    "dtln_1": _dtln_1,
    "dtln_2": _dtln_2,
    "g2p": _g2p,
    "stories": lambda: _stories("stories260K_opset14"),
    "stories_cached": _stories_cached,
    "stories_attention": lambda: _stories("stories260K_opset23_attention"),
    "precise": _precise,
    "textgenrnn": _textgenrnn,
}


def run(driver, model, case, *flags):
    """The outputs by name, of the model or of the text it was written as."""
    files = {name: driver.folder / f"{name}.npy" for name in case.expected}
    arguments = ["run", model, *flags]
    for name, value in case.inputs.items():
        arguments += ["--input", f"{name}={driver.save(value)}"]
    for name, file in files.items():
        file.unlink(missing_ok=True)
        arguments += ["--output", f"{name}={file}"]
    driver.call(*arguments)
    return {name: np.load(file) for name, file in files.items()}


def check(driver, name):
    """Prints how a case went; returns whether all is well."""
    case = CASES[name]()
    model = corpus.folder() / case.model
    flags = list(case.flags)
    for key, value in case.fixed.items():
        file = driver.folder / f"{key}.npy"
        np.save(file, value)
        flags += ["--fix", f"{key}={file}"]
    text, weights = driver.folder / "model.fold", driver.folder / "model.safetensors"
    problems = []
    try:
        direct = run(driver, model, case, *flags)
        driver.call("import", model, *flags, "-o", text, "--weights", weights)
        written = run(driver, text, case, "--weights", weights)
    except Failed as failure:
        print(f"{name}: {failure}")
        return False
    for key, expected in case.expected.items():
        found = direct[key]
        if key in ("tokens", "logits"):  # of a loop that ends early: zeros follow
            found = found[: len(expected.values)]
        if found.shape != expected.values.shape:
            problems.append(f"{key} is {list(found.shape)}, expected {list(expected.values.shape)}")
        elif not np.abs(found - expected.values).max() <= expected.tolerance:
            problems.append(f"{key} is off by {np.abs(found - expected.values).max()}")
        if direct[key].tobytes() != written[key].tobytes():
            problems.append(f"{key} of the written text differs")
    print(f"{name}: {'; '.join(problems) or 'as expected'}")
    return not problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(CASES):
        parser.error(f"unknown model: {', '.join(sorted(unknown))}")
    if corpus.folder() is None:
        print("skipped: the trained models are not on this machine; GATEFOLD_CORPUS names their folder")
        return SKIPPED
    with Driver(arguments.gatefold) as driver:
        return 0 if all([check(driver, name) for name in arguments.names or CASES]) else 1


if __name__ == "__main__":
    sys.exit(main())
