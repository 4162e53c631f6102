#!/usr/bin/env python3
"""The table of examples/README.md: every text there, how far off it is, and which promises it keeps.

    table.py                                checks that every text has a row
    table.py --gatefold PROGRAM --update    runs everything (some minutes) and writes the table

The rows come from test/models/models.py, test/zoo/zoo.py, tutorial.py and translate.py, whose tests hold each row of
theirs against the table: all but the errors has to be equal, and errors may grow tenfold, as
processors differ. Rows of networks whose weights are not on this machine stay as they are.

Exit status: 0 all right, 1 something wrong.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PAGE = EXAMPLES / "README.md"
SOURCES = ("test/models/models.py", "test/examples/tutorial.py", "test/examples/translate.py", "test/zoo/zoo.py")
HEADING = (
    "| text | model, or the paper | lines | weights | compared with | largest error "
    "| step = sequence | batch = single runs | ragged batch = single runs |"
)
RULE = "|---|---|---:|---:|---|---|---|---|---|"
ERROR_COLUMN = 5
UPDATE = "test/examples/table.py --update writes the new table"


def source_lines(path):
    """Lines of a text that are neither empty nor a comment."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return sum(bool(line) and not line.startswith("//") for line in lines)


def make_row(path, name, weights, golden, errors, promises):
    """A row from what a test found out.

    `errors`: the largest absolute one of each output by name, or one number; `promises`: what to say
    of step, batch and ragged batch.
    """
    text = path.relative_to(EXAMPLES).as_posix()
    if isinstance(errors, dict):
        errors = ", ".join(f"{output} {error:.1e}" for output, error in errors.items())
    else:
        errors = f"{errors:.1e}"
    return [f"[{text}]({text})", name, str(source_lines(path)), str(weights), golden, errors, *promises]


def committed():
    """The rows of the page, by their first two columns."""
    lines = PAGE.read_text().splitlines()
    start = lines.index(HEADING) + 2 if HEADING in lines else len(lines)
    rows = {}
    for line in lines[start:]:
        if not line.startswith("| "):
            break
        row = [cell.strip() for cell in line.strip("| ").split(" | ")]
        rows[row[0], row[1]] = row
    return rows


def differences(row):
    """How a row differs from the committed one, in words."""
    known = committed().get((row[0], row[1]))
    where = f"examples/README.md, the row of {row[0]} ({row[1]})"
    if known is None:
        return [f"{where} is missing; {UPDATE}"]
    columns = HEADING.strip("| ").split(" | ")
    found = []
    for column, (old, new) in enumerate(zip(known, row)):
        same = nearly(old, new) if column == ERROR_COLUMN else old == new
        if not same:
            found.append(f"{where}: `{columns[column]}` says {old}, and is {new}; {UPDATE}")
    return found


def nearly(known, found):
    """Whether errors are of the same outputs, and at most ten times those known or next to nothing."""
    known, found = known.replace(",", "").split(), found.replace(",", "").split()
    if len(known) != len(found) or known[:-1:2] != found[:-1:2]:
        return False
    pairs = zip(known[1::2] or known, found[1::2] or found)
    return all(float(new) <= max(10 * float(old), 1e-6) for old, new in pairs)


def without_row(rows):
    """The texts of examples/ that no row is about."""
    texts = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.fold")}
    named = {first[1 : first.index("]")] for first, _ in rows}
    return [f"examples/{text} has no row in examples/README.md; {UPDATE}" for text in sorted(texts - named)] + [
        f"examples/README.md has a row of {text}, which is no file; {UPDATE}" for text in sorted(named - texts)
    ]


def measured(program):
    """All rows that can be made on this machine, and whether all tests held."""
    rows, right = {}, True
    for source in SOURCES:
        command = [sys.executable, ROOT / source, "--gatefold", program, "--rows"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        right = right and done.returncode == 0
        for row in map(json.loads, done.stdout.splitlines()):
            rows[row[0], row[1]] = row
    return rows, right


def place(row):
    """What rows are sorted by: trained networks, the tutorial, the zoo."""
    return row[0].startswith("[zoo/"), row[0].startswith("[tutorial/"), row[0], row[1]


def update(program):
    """Writes the table; rows that cannot be made here stay where they are."""
    rows, right = measured(program)
    texts = {f"[{path.relative_to(EXAMPLES).as_posix()}]" for path in EXAMPLES.rglob("*.fold")}
    for key, row in committed().items():
        if key not in rows and any(key[0].startswith(text) for text in texts):
            print(f"not measured here, left as it is: {row[0]} ({row[1]})")
            rows[key] = row
    ordered = sorted(rows.values(), key=place)
    lines = PAGE.read_text().splitlines()
    start = lines.index(HEADING)
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    lines[start:end] = [HEADING, RULE, *("| " + " | ".join(row) + " |" for row in ordered)]
    PAGE.write_text("\n".join(lines) + "\n")
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gatefold", default=ROOT / "build" / "bin" / "gatefold")
    parser.add_argument("--update", action="store_true", help="run everything and write the table")
    arguments = parser.parse_args()
    right = update(arguments.gatefold) if arguments.update else True
    rows = committed()
    failures = without_row(rows)
    print(*failures, f"{len(rows)} rows, {len(failures)} failures", sep="\n")
    return 0 if right and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
