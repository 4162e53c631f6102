#!/usr/bin/env python3
"""Runs scripts/demo.sh with a program that is built already: `demo.py --gatefold build/bin/gatefold`.

Exit status: 0 all right, 1 something wrong.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPECTED = (
    "== Plain",
    "== Attention",
    "== Transformer",
    "三千零七十二万\tthirty million seven hundred twenty thousand",
    "一九八四年五月六日\tthe sixth of May nineteen eighty-four",
    "decoder.attention",
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", type=pathlib.Path, default=ROOT / "build" / "bin" / "gatefold")
    program = parser.parse_args().gatefold.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "build/bin").mkdir(parents=True)
        (folder / "build/bin/gatefold").symlink_to(program)
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        (folder / "scripts/build.sh").write_text("#!/bin/sh\n")
        shutil.copytree(ROOT / "examples/translate", folder / "examples/translate")
        done = subprocess.run([folder / "scripts/demo.sh"], cwd="/", capture_output=True, text=True, timeout=300)
        lines = done.stdout.splitlines()
        failures = [f"it does not print `{line}`" for line in EXPECTED if line not in lines]
        page = pathlib.Path(lines[-1].rpartition(": ")[2]) if lines else folder
        if not page.is_file() or "<html" not in page.read_text(encoding="utf-8"):
            failures.append(f"its last line names no page: {lines[-1:]}")
    if done.returncode or done.stderr:
        failures.append(f"exit status {done.returncode}: {done.stderr}")
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
