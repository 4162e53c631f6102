"""Trained networks that make tokens, one after the other and each from the one before.

    stories260k-p32-n200   a small Llama: a prompt of 32 tokens, 200 made; a step is one of them
    g2p_en-b1, -b64        the sounds of words, of one at a time and of 64 together; a step is a word

The peer gets the files of the corpus: a graph of one step, which is given the tokens that it would
choose itself, and a graph with a loop for one word, as it has no other batch.
"""

import dataclasses
import json
import shutil

import numpy as np

from networks import EXAMPLES, find_corpus


@dataclasses.dataclass(frozen=True)
class Network:
    text: str  # in examples/
    model: str
    weights: str  # in the corpus
    input: str
    output: str
    prompt: int  # size of the input
    made: int  # tokens of a result, its end included


NETWORKS = {
    "stories260k": Network("stories260k.fold", "Story", "stories260K/stories260K_weights.safetensors",
                           "prompt", "story", prompt=32, made=200),
    "g2p_en": Network("g2p_en.fold", "G2p", "g2p_en/g2p_en_weights.safetensors",
                      "word", "sounds", prompt=8, made=8),
}


def describe(case):
    """The name of a case behind its network's."""
    network = NETWORKS[case.cell]
    if case.cell == "stories260k":
        return f"-p{network.prompt}-n{network.made}"
    return f"-b{case.batch}"


def make(case, folder):
    """Writes text, weights, inputs and ONNX model; returns what case.txt says of the latter."""
    network, corpus = NETWORKS[case.cell], find_corpus()
    shutil.copyfile(EXAMPLES / network.text, folder / "model.fold")
    shutil.copyfile(corpus / network.weights, folder / "weights.safetensors")
    return {"stories260k": _make_story, "g2p_en": _make_words}[case.cell](case, corpus, folder)


def _make_story(case, corpus, folder):
    network = NETWORKS[case.cell]
    shutil.copyfile(corpus / "stories260K/tok512_stories260K.bin", folder / "tok512.bin")
    stories = json.loads((corpus / "stories260K/golden_stories260K.json").read_text())
    # What goes on greedily does so from any place.
    tokens = max((story["tokens"] for story in stories), key=len)
    np.save(folder / "input.npy", np.array(tokens[1 : 1 + network.prompt], np.int32))
    np.array(tokens[: case.calls], np.int64).tofile(folder / "onnx-ids.bin")
    np.arange(case.calls).astype(np.int64).tofile(folder / "onnx-places.bin")
    shutil.copyfile(corpus / "stories260K/stories260K_opset23_kvcache_step.onnx",
                    folder / "model.onnx")
    caches = [f"{kind}_{layer}" for layer in range(5) for kind in ("key", "value")]
    return [
        "input ids onnx-ids.bin i64 1 1",
        "input position_ids onnx-places.bin i64 1 1",
        "output logits 1 1 512",
        *(f"state past_{cache} present_{cache} 1 4 +0 8" for cache in caches),
    ]


def _make_words(case, corpus, folder):
    network = NETWORKS[case.cell]
    rows = [line.split("\t") for line in (corpus / "g2p_en/words_phonemes.tsv").open()]
    # Words of one length whose results have one length: their end is the last token made.
    words = [word for word, sounds in rows
             if len(word) == network.prompt and len(sounds.split()) == network.made - 1]
    words = (words * -(-case.batch // len(words)))[: case.batch]
    letters = {letter: number for number, letter in enumerate(
        json.loads((corpus / "g2p_en/vocab.json").read_text())["graphemes"])}
    ids = np.array([[letters[letter] for letter in word] for word in words])
    np.save(folder / "input.npy", (ids if case.batch > 1 else ids[0]).astype(np.int32))
    ends = np.full((case.batch, 1), letters["</s>"])
    np.concatenate([ids, ends], axis=1).astype(np.int64).tofile(folder / "onnx-ids.bin")
    shutil.copyfile(corpus / "g2p_en/g2p_loop.onnx", folder / "model.onnx")
    return [
        f"input ids onnx-ids.bin i64 {network.prompt + 1}",
        f"output logits {network.made} 74",
    ]


def bench_options(case):
    """How `gatefold bench` makes as many tokens."""
    network = NETWORKS[case.cell]
    return ["--entry=generate", f"--steps={network.made}", f"--size=S={network.prompt}",
            "--model", network.model]


def choose_tokens(case, logits):
    """The tokens that a peer's scores mean: without those of the prompt, and without ends."""
    network = NETWORKS[case.cell]
    if case.cell == "stories260k":
        return logits.reshape(-1, 512).argmax(axis=1)[network.prompt :].astype(np.float32)
    chosen = logits.reshape(-1, network.made, 74).argmax(axis=2)
    return chosen[:, :-1].astype(np.float32)
