"""Prints the names of the values that the lines of each text in an inspect.json come from."""

import json
import sys

with open(sys.argv[1]) as file:
    data = json.load(file)
for step in data["steps"]:
    lines = [line for first, count in step.get("text", []) for line in range(first, first + count)]
    origins = {origin for line in lines for origin in data["sets"][data["lineSets"][line]]}
    names = {data["places"][place][3] for origin in origins for place in data["origins"][origin]}
    if lines:
        print(f"{step['name']}: {', '.join(sorted(names - {''}))}")
