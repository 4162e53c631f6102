#!/usr/bin/env python3
"""Checks that examples/gradients shows what its page says: `gradients.py --gatefold PROGRAM`.

Exit status: 0 all right, 1 something wrong, 77 NumPy is missing.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples" / "gradients"))  # before this folder, whose file has the same name

try:
    import gradients
except ModuleNotFoundError:
    print("skipped: the example needs NumPy (Debian: python3-numpy)")
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", type=pathlib.Path, default=ROOT / "build" / "bin" / "gatefold")
    program = parser.parse_args().gatefold.resolve()
    os.environ["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        small, even, loud, half, kept = (
            gradients.measure(text, settings, pathlib.Path(folder)) for _, text, settings, _ in gradients.NETWORKS
        )
        picture = pathlib.Path(folder, "gradients.svg")
        subprocess.run([sys.executable, gradients.__file__, "--output", picture], check=True)
        paths = xml.dom.minidom.parse(str(picture)).getElementsByTagName("path")
    holds = {
        "the small RNN forgets": small[150:].max() < 1e-4 < 0.1 < small[0],
        "the RNN forgets": even[150:].max() < 1e-4 < 0.1 < even[0],
        "the loud RNN grows and shrinks": loud.max() > 2 and loud.min() < 1e-3,
        "half-open gates forget": half[100:].max() < 1e-4,
        "open forget gates keep": 0.5 < kept[-1] / kept[0] < 3,
        "the picture has its lines": len(paths) == 5 + 2 * len(gradients.NETWORKS),
    }
    failures = [f"not so: {text}" for text, right in holds.items() if not right]
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
