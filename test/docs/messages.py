#!/usr/bin/env python3
"""Checks that docs/Errors.md has every message of the language: `messages.py`.

Finds the calls in lib/Language that report something, and looks for one of the texts of each in the page. What a parser
expects in a place (`expected a name after `const`, found …`) is one message in many forms and left out here.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPORT = re.compile(r"\b(?:error|report|reportLimit|warning|takeError)\s*\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SHORTEST = 7  # shorter texts stand between the parts of others
# Messages that no text gives: the fault is ours.
NOT_FROM_TEXTS = ["this is a fault of the formatter"]


def end_of_call(source, start):
    """Where the parenthesis closes that opens at `start`."""
    depth, at = 0, start
    while at < len(source):
        if source[at] == '"':
            at = LITERAL.match(source, at).end()
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        if depth == 0:
            return at
        at += 1
    return at


def texts_of(call):
    """The fixed texts in a call, as they are printed."""
    joined = re.sub(r'"\s*\n\s*"', "", call)
    for literal in LITERAL.findall(joined):
        text = re.sub(r"\\(.)", r"\1", literal).strip(" `")
        if len(text) >= SHORTEST:
            yield re.sub(r"\s+", " ", text)


def main():
    page = re.sub(r"\s+", " ", (ROOT / "docs/Errors.md").read_text())
    missing = []
    for path in sorted((ROOT / "lib/Language").glob("*.cpp")):
        source = path.read_text()
        for report in REPORT.finditer(source):
            texts = list(texts_of(source[report.end() - 1:end_of_call(source, report.end() - 1)]))
            known = any(text in page for text in texts)
            if texts and not known and not any(part in text for text in texts for part in NOT_FROM_TEXTS):
                line = source.count("\n", 0, report.start()) + 1
                missing.append(f"{path.relative_to(ROOT)}:{line}: docs/Errors.md lacks `{texts[0]}`")
    print("\n".join(missing) or "docs/Errors.md has all messages")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
