"""Prints the names of the values that the lines of each text in an inspect.json come from."""

import json
import sys

with open(sys.argv[1]) as file:
    data = json.load(file)
before = []
for step in data["steps"]:
    lines = []
    for first, count in step.get("text", []):
        lines += range(first, first + count) if first >= 0 else before[-1 - first : -1 - first + count]
    before = lines or before
    origins = {origin for line in lines for origin in data["sets"][data["lineSets"][line]]}
    names = {data["places"][place][3] for origin in origins for place in data["origins"][origin]}
    if lines:
        print(f"{step['name']}: {', '.join(sorted(names - {''}))}")
