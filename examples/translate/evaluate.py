#!/usr/bin/env python3
"""Translates pairs that training never saw with all three models, and prints how many are right to the last word, by
the length of the source.

    python3 evaluate.py                        2,000 pairs with `gatefold` from the path
    python3 evaluate.py --count 100 --gatefold ../../build/bin/gatefold
"""

import argparse
import pathlib
import subprocess
import tempfile

import pairs

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ("Plain", "Attention", "Transformer")
LENGTHS = ((3, 6), (7, 10), (11, 14), (15, 18), (19, 23))


def translate(gatefold, model, sources):
    """The translations of a list of sources, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        lines, translations = pathlib.Path(folder, "lines.txt"), pathlib.Path(folder, "translations.txt")
        lines.write_text("\n".join(sources) + "\n", encoding="utf-8")
        command = [gatefold, "run", HERE / "translate.fold", "--model", model]
        command += ["--weights", HERE / f"{model.lower()}.safetensors"]
        command += ["--lines", f"source={lines}", "--output", f"translation={translations}"]
        subprocess.run(command, check=True)
        return translations.read_text(encoding="utf-8").split("\n")[: len(sources)]


def percent(right):
    return f"{100 * sum(right) / len(right):.1f} %" if right else "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gatefold", default="gatefold")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tests = [(source, " ".join(target)) for source, target in pairs.pairs(arguments.count, arguments.seed)]
    found = [translate(arguments.gatefold, model, [source for source, _ in tests]) for model in MODELS]
    print("| characters | pairs |", " | ".join(MODELS), "|")
    print("|---|---:|" + "---:|" * len(MODELS))
    for low, high in (*LENGTHS, (LENGTHS[0][0], LENGTHS[-1][1])):
        chosen = [place for place, (source, _) in enumerate(tests) if low <= len(source) <= high]
        rights = [percent([texts[place] == tests[place][1] for place in chosen]) for texts in found]
        name = "all" if high - low > 4 else f"{low} to {high}"
        print(f"| {name} | {len(chosen)} |", " | ".join(rights), "|")


if __name__ == "__main__":
    main()
