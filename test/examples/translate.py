#!/usr/bin/env python3
"""Checks examples/translate: its pairs, how often its networks are right, and their promises.

    translate.py --gatefold PROGRAM             check all
    translate.py --gatefold PROGRAM --rows      print their rows in the table of examples/README.md

The pairs are the reference: what they mean is read here by rules of its own.

Exit status: 0 all right, 1 something wrong, 77 NumPy is missing.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "translate"
sys.path += [str(FOLDER), str(ROOT / "test" / "models")]

try:
    from driver import Driver
    from tensors import read_safetensors
except ModuleNotFoundError:
    print("skipped: the translator's tests need NumPy (Debian: python3-numpy)")
    sys.exit(77)

import evaluate
import pairs
import table

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}
LEAST = {"Plain": 0.9, "Attention": 0.99, "Transformer": 0.99}  # of all pairs, the share that is right
COUNT = 300


def read_chinese(text):
    """The number that a Chinese numeral means."""
    total = section = digit = 0
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in UNITS:
            section, digit = section + (digit or 1) * UNITS[sign], 0
        elif sign == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    return total + section + digit


def read_english(words):
    """The number that English words mean."""
    known = {word: number for number, word in enumerate(pairs.vocabulary()[3:103])}
    total = part = 0
    for word in words:
        if word in known:
            part += known[word]
        elif word == "hundred":
            part *= 100
        else:
            total, part = total + part * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word], 0
    return total + part


def check_pairs():
    """What is wrong with the generator."""
    failures = []
    for source, target in pairs.pairs(2000, seed=9):
        is_date = "年" in source or "月" in source
        if not is_date and read_chinese(source) != read_english(target):
            failures.append(f"{source} is not {' '.join(target)}")
        if is_date and not re.fullmatch(
            "([一二三四五六七八九零〇]{4}年)?(十?[一二三四五六七八九]|十)月(.{1,3}[日号])?", source
        ):
            failures.append(f"{source} is no date")
    known = {
        "一九八四年五月六日": "the sixth of May nineteen eighty-four",
        "二〇〇五年十月": "October two thousand five",
        "三月三十一号": "the thirty-first of March",
        "一九〇〇年一月": "January nineteen hundred",
    }
    for source, target in pairs.pairs(60000, seed=2, training=True):
        if known.get(source, " ".join(target)) != " ".join(target):
            failures.append(f"{source} becomes {' '.join(target)}")
        if pairs.held_out(source):
            failures.append(f"{source} is not kept from training")
    text = (FOLDER / "translate.fold").read_text(encoding="utf-8")
    if f'characters("{pairs.CHARACTERS}")' not in text:
        failures.append("translate.fold has other characters than pairs.py")
    if (FOLDER / "words.txt").read_text().split() != pairs.vocabulary():
        failures.append("words.txt has other words than pairs.py")
    return failures


class Network:
    """One of the three models, and what is wrong with it."""

    def __init__(self, driver, name):
        self.driver, self.name, self.failures = driver, name, []
        self.weights = FOLDER / f"{name.lower()}.safetensors"

    def translate(self, *texts, flags=()):
        """The translations of a batch of texts."""
        arguments = ["run", FOLDER / "translate.fold", "--model", self.name, "--weights", self.weights]
        for text in texts:
            arguments += ["--text", f"source={text}"]
        return self.driver.call(*arguments, *flags).splitlines()

    def check(self, holds, text):
        if not holds:
            self.failures.append(f"{self.name}: {text}")
        return "yes" if holds else "no"

    def all(self):
        tests = [(source, " ".join(target)) for source, target in pairs.pairs(COUNT, seed=4)]
        sources = [source for source, _ in tests]
        found = self.translate(*sources)
        self.wrong = sum(text != target for text, (_, target) in zip(found, tests)) / COUNT
        self.check(1 - self.wrong >= LEAST[self.name], f"{self.wrong:.1%} of {COUNT} pairs are wrong")
        alone = [self.translate(source)[0] for source in sources[:6]]
        self.check(self.translate(sources[0], flags=("--stream",)) == alone[:1], "--stream gives another text")
        self.check(self.translate(sources[0], flags=("--interpret",)) == alone[:1], "--interpret too")
        equal = [source for source in sources if len(source) == len(sources[0])][:3]
        batch = self.translate(*equal) == [self.translate(source)[0] for source in equal]
        self.promises = [
            "every token is a step",
            self.check(batch, "a batch differs from single runs"),
            self.check(found[:6] == alone, "a ragged batch differs from single runs"),
        ]

    def row(self):
        count = sum(tensor.size for tensor in read_safetensors(self.weights).values())
        path = FOLDER / "translate.fold"
        return table.make_row(path, self.name, count, "what is right", {"wrong": self.wrong}, self.promises)


def check_attention(driver):
    """Dates have their day last in Chinese and first in English, and attention sees it."""
    picture = driver.folder / "attention.svg"
    network = Network(driver, "Attention")
    lines = network.translate("一九八四年五月六日", flags=("--plot", f"attention={picture}", "--plot", "attention"))
    shown = dict(line.strip().split(" ", 1) for line in lines[3:])
    right = all(
        re.search("[▒▓█]", shown[word][place:])
        for word, place in (("sixth", 17), ("May", 14), ("nineteen", 0), ("eighty-four", 3))
    )
    failures = [] if right else ["the attention looks elsewhere:", *lines]
    if picture.read_text(encoding="utf-8").count("<rect") != 1 + 6 * 9:
        failures.append("the picture of attention has not a square for each word and character")
    return failures


def check_table(program):
    """Compares the table of the example's page with what evaluate.py prints."""
    command = [sys.executable, FOLDER / "evaluate.py", "--gatefold", program]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    wanted = [float(number) for number in re.findall(r"([\d.]+) %", page)]
    found = [float(number) for number in re.findall(r"([\d.]+) %", printed)]
    if len(wanted) != len(found) or any(abs(a - b) > 1 for a, b in zip(wanted, found)):
        return ["examples/translate/README.md shows another table than evaluate.py prints:", printed]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("--rows", action="store_true", help="print rows of the table of examples")
    arguments = parser.parse_args()
    failures = check_pairs()
    with Driver(arguments.gatefold) as driver:
        for name in evaluate.MODELS:
            network = Network(driver, name)
            network.all()
            failures += network.failures
            if arguments.rows:
                print(json.dumps(network.row()))
            else:
                failures += table.differences(network.row())
        failures += check_attention(driver)
    failures += check_table(arguments.gatefold)
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
