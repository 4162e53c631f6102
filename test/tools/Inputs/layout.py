"""Copies every text of the source tree into a directory.

Usage: layout.py SOURCES DIRECTORY
"""

import pathlib
import shutil
import sys

sources, directory = map(pathlib.Path, sys.argv[1:])
directory.mkdir()
count = 0
for part in ["lib", "examples", "test"]:
    for path in sorted((sources / part).rglob("*.fold")):
        shutil.copy(path, directory / f"{count}-{path.name}")
        count += 1
assert count > 20, count
