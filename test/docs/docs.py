#!/usr/bin/env python3
"""Checks what pages of the documentation show: `docs.py --gatefold build/bin/gatefold [PAGE...]`.

- ```fold blocks are whole texts that `gatefold check` accepts without a word.
- ```diff blocks are wrong texts and their repair: without the lines that `+` begins the text gives exactly the messages
  of the block behind it, without those of `-` it gives none. A line `@@ name.fold @@` begins another file; the first
  one is wrong.fold, and is the one that is checked.
- ```console blocks are commands, behind `$ `, and what they print. They run one after the other in a copy of
  examples/tutorial (FOLDERS has other ones) that is kept for the page. Numbers may differ a little, as processors do.
- Indented cells and models of a README.md are excerpts of texts in examples/ or of the library, to the letter but for
  comments.

`--update` writes what is printed into the page instead of comparing it.
"""

import argparse
import difflib
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b")
EXCERPT = re.compile(r"^    (?:cell|layer|model) \w+.*\n(?:(?:    .*)?\n)*?    }\n", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


# The folders that the commands of pages run in, where it is not that of the tutorial.
FOLDERS = {
    "README.md": ".",
    "docs/Optimizer.md": "benchmarks/models",
    "examples/translate/README.md": "examples/translate",
}
PAGES = ("README.md", "docs/*.md", "examples/translate/README.md")


class Page:
    """One page: its text, what is wrong with it, and the folder its commands run in."""

    def __init__(self, path, gatefold, folder):
        self.path, self.gatefold, self.folder = path, gatefold, folder
        self.text = path.read_text()
        self.failures = []
        self.counts = {}
        self.environment = dict(os.environ, PATH=f"{folder / 'bin'}:{os.environ.get('PATH', '')}")

    def shell(self, command, folder):
        """What a command prints on both streams, and its exit status."""
        result = subprocess.run(command, shell=True, cwd=folder, env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        return result.stdout, result.returncode

    def check_files(self, files):
        """What `gatefold check` says about the first of some files."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for name, text in files.items():
            (folder / name).write_text(text)
        return self.shell(f"gatefold check {next(iter(files))}", folder)

    def fail(self, position, text):
        line = self.text.count("\n", 0, position) + 1
        self.failures.append(f"{self.path.relative_to(ROOT)}:{line}: {text}")

    def compare(self, position, expected, found, what):
        if expected == found:
            return
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "page", "printed", lineterm="")
        self.fail(position, what + "\n" + "\n".join(lines))

    def accept(self, position, files, what):
        printed, status = self.check_files(files)
        if status or printed:
            self.fail(position, what + "\n" + printed)

    def replace_blocks(self):
        """Checks all blocks, and returns the page with what was printed in the place of what it shows."""
        pieces, end = [], 0
        blocks = list(FENCE.finditer(self.text))
        for index, block in enumerate(blocks):
            kind, body, start = block[1], block[2], block.start()
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if kind == "fold":
                self.accept(start, {"text.fold": body}, "this text is not accepted")
            elif kind == "diff":
                message = blocks[index + 1]
                wrong, repaired = sides(body)
                printed, _ = self.check_files(wrong)
                self.compare(start, message[2], printed, "the messages are others")
                self.accept(start, repaired, "the repair is not accepted")
                pieces += [self.text[end:message.start(2)], printed]
                end = message.end(2)
            elif kind == "console":
                printed = self.run_commands(body)
                printed = body if almost_equal(body, printed) else printed
                self.compare(start, body, printed, "the commands print something else")
                pieces += [self.text[end:block.start(2)], printed]
                end = block.end(2)
        return "".join(pieces) + self.text[end:]

    def run_commands(self, body):
        """The commands of a console block, each with what it prints now."""
        printed = ""
        for command in re.findall(r"^\$ (.*(?:(?<=\\)\n.*)*)\n", body, re.MULTILINE):
            name = self.path.relative_to(ROOT).as_posix()
            output, _ = self.shell(command, self.folder / FOLDERS.get(name, "examples/tutorial"))
            printed += f"$ {command}\n{output}"
        return printed


def almost_equal(expected, found):
    """Whether texts are equal but for their numbers, and these nearly."""
    if NUMBER.sub("", expected) != NUMBER.sub("", found):
        return False
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(found), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-3, abs_tol=1e-9) for a, b in pairs)


def without_comments(text):
    """The lines of a text as far as they mean something."""
    lines = (line.split("//")[0].strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def excerpts_elsewhere(text):
    """The first lines of excerpts that no text holds."""
    texts = [path for folder in ("examples", "lib/Language/library") for path in (ROOT / folder).rglob("*.fold")]
    known = [without_comments(path.read_text()) for path in texts]
    excerpts = (excerpt[0] for excerpt in EXCERPT.finditer(text))
    return [
        excerpt.split("\n")[0].strip()
        for excerpt in excerpts
        if not any(without_comments(excerpt) in whole for whole in known)
    ]


def sides(body):
    """The wrong files and the repaired ones of a diff."""
    wrong, repaired, name = {"wrong.fold": ""}, {"wrong.fold": ""}, "wrong.fold"
    for line in body.splitlines(keepends=True):
        if line.startswith("@@"):
            name = line.strip("@ \n")
            wrong[name] = repaired[name] = ""
            continue
        text = line[1:] if line.strip() else line
        if line[0] != "+":
            wrong[name] += text
        if line[0] != "-":
            repaired[name] += text
    return wrong, repaired


def check_page(path, gatefold, update):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        (folder / "bin/gatefold").symlink_to(gatefold)
        (folder / "build").symlink_to(folder)
        shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("zoo"))
        shutil.copytree(ROOT / "benchmarks/models", folder / "benchmarks/models")
        page = Page(path, gatefold, folder)
        replaced = page.replace_blocks()
        if path.name == "README.md":
            page.failures += [f"no text holds this excerpt: {line}" for line in excerpts_elsewhere(page.text)]
    if update:
        path.write_text(replaced)
    print(path.relative_to(ROOT), ", ".join(f"{count} {kind or 'plain'}" for kind, count in page.counts.items()))
    for failure in page.failures:
        print(failure)
    return not page.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gatefold", type=pathlib.Path, default=ROOT / "build/bin/gatefold")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("pages", type=pathlib.Path, nargs="*")
    options = parser.parse_args()
    pages = [page.resolve() for page in options.pages] or [
        page for pattern in PAGES for page in sorted(ROOT.glob(pattern))
    ]
    results = [check_page(page, options.gatefold.resolve(), options.update) for page in pages]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
