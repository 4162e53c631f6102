#!/usr/bin/env python3
"""Runs one test of the language server, or all: server.py --server PROGRAM [CASE...]"""

import argparse

from cases import CASES


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="the program gatefold-lsp-server")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; the cases are {', '.join(CASES)}")
    for name in arguments.cases or CASES:
        CASES[name](arguments.server)
        print(f"{name}: passed")


if __name__ == "__main__":
    main()
