#!/usr/bin/env python3
"""Compares Gatefold with other programs that run recurrent networks; see ../README.md.

    bench.py [GROUP...]        groups: rnn, custom, stream, attention, models, compile; all without any

Exit status: 0 measured; 1 something failed; 2 a wrong command line.
"""

import argparse
import datetime
import importlib
import json
import os
import pathlib
import platform
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "test" / "models"))

import cases
import install


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    groups = (*cases.GROUPS, "compile")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(groups))
    parser.add_argument("--gatefold", default="build/bin/gatefold", help="the program to measure")
    parser.add_argument("--folder", default="build/peers", help="where peers are installed")
    parser.add_argument("--peers", help="only these, with commas; `none` for ours alone")
    parser.add_argument("--cases", default="", metavar="REGEX", help="cases with such names only")
    parser.add_argument("--quick", action="store_true", help="the most telling rows, 3 rounds")
    parser.add_argument("--threads", default="1,2", help="numbers of threads (default: 1,2)")
    parser.add_argument("--rounds", type=int, help="turns of each program (default: 9)")
    parser.add_argument("--round-time", type=float, default=60, help="milliseconds of a turn")
    parser.add_argument("--no-limits", action="store_true", help="do not measure the machine's")
    parser.add_argument("--wait", type=float, default=60, metavar="SECONDS",
                        help="how long to wait in all for a quiet machine")
    parser.add_argument("--json", metavar="FILE", help="write everything there, a line a result")
    parser.add_argument("--resume", action="store_true",
                        help="keep what the file of --json holds, and measure the rest")
    parser.add_argument("--write", metavar="PAGE", help="put the tables into this page")
    parser.add_argument("--list", action="store_true", help="print the cases and end")
    arguments = parser.parse_args()
    for group in arguments.groups:
        if group not in groups:
            parser.error(f"there is no group `{group}`; there are {', '.join(groups)}")
    if arguments.resume and not arguments.json:
        parser.error("--resume needs --json FILE, the file to go on with")
    arguments.groups = arguments.groups or list(groups)
    arguments.rounds = arguments.rounds or (3 if arguments.quick else 9)
    arguments.folder = pathlib.Path(arguments.folder).resolve()
    return arguments


def _drop_paths(words):
    """A command line without options that only say where something is."""
    text = " ".join(words)
    return re.sub(r"--(gatefold|folder|json|write)[ =]\S+ ?", "", text).split()


def describe_machine(arguments, versions):
    """Where, when and how; the first line of the JSON."""
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    return {
        "cpu": cpu,
        "processors": os.cpu_count(),
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["scripts/bench.sh", *_drop_paths(sys.argv[1:])]),
        "rounds": arguments.rounds,
        "versions": versions,
    }


class Benchmark:
    """The peers, their folder, and the results so far."""

    def __init__(self, arguments):
        # Only now, since the first peer brings the NumPy that fits to its `onnx`.
        modules = ("case_folder", "first_results", "limits", "measure", "networks", "peers",
                   "programs", "quiet", "report")
        self._m = {name: importlib.import_module(name) for name in modules}
        self._arguments = arguments
        self._waiting = self._m["measure"].Waiting(arguments.wait)
        self.results, self.versions, self.unavailable = {}, {}, {}
        self.first_results, self.limits = [], None
        if arguments.resume and os.path.exists(arguments.json):
            self._resume(arguments.json)

    def _resume(self, path):
        """Takes over what an earlier run wrote."""
        machine, *results = map(json.loads, pathlib.Path(path).read_text().splitlines())
        self.versions = machine["versions"]
        limits = machine["limits"] or {}
        self.limits = {int(threads): limit for threads, limit in limits.items()} or None
        for result in results:
            if "group" in result:
                self.results.setdefault(result["group"], []).append(result)
            else:
                self.first_results.append(result)

    def _is_measured(self, case, group, threads):
        done = ((result["case"], result["threads"]) for result in self.results.get(group, []))
        return (case.name, threads) in done

    def save(self):
        """Writes all results so far, the machine first, to the file of --json."""
        if not self._arguments.json:
            return
        machine = describe_machine(self._arguments, self.versions)
        results = sum(self.results.values(), []) + self.first_results
        lines = [{**machine, "limits": self.limits}, *results]
        scratch = pathlib.Path(self._arguments.json + ".new")
        scratch.write_text("".join(json.dumps(line) + "\n" for line in lines))
        scratch.replace(self._arguments.json)

    def find_limits(self):
        """Measures the machine, again after the cases."""
        if self._arguments.no_limits:
            return
        try:
            found = self._m["limits"].measure(self._arguments.folder)
        except install.Unavailable as error:
            self.unavailable["limits"] = str(error)
            return
        self.limits = self._m["limits"].keep_best(self.limits, found) if self.limits else found

    def make_programs(self, threads):
        """Ours and the peers that can be had."""
        arguments, peers = self._arguments, self._m["peers"]
        names = peers.NAMES if not arguments.peers else arguments.peers.split(",")
        programs = [self._m["programs"].Ours(arguments.gatefold, threads, arguments.round_time)]
        for name in names:
            if name in self.unavailable or name == "none":
                continue
            try:
                made = peers.make(name, arguments.folder, threads, arguments.round_time)
                programs.append(made)
            except install.Unavailable as error:
                self.unavailable[name] = str(error)
                print(f"without {name}: {error}", file=sys.stderr)
        return programs

    def run(self, groups, thread_counts):
        """Measures the cases of all groups, with each number of threads."""
        for threads in thread_counts:
            programs = self.make_programs(threads)
            try:
                for group in groups:
                    if group != "compile":
                        self.run_group(group, threads, programs)
                    elif not self.first_results:
                        self.run_compile(programs)
            finally:
                for program in programs:
                    program.close()

    def run_group(self, group, threads, programs):
        """Measures the cases of a group, and prints a line for each."""
        for case in cases.choose([group], self._arguments.cases, self._arguments.quick):
            if self._is_measured(case, group, threads):
                continue
            try:
                result = self._run_case(case, programs)
            except self._m["networks"].Missing as error:
                print(f"{case.name}: {error}", file=sys.stderr)
                continue
            result |= {"group": group, "threads": threads, "limit": None}
            self.results.setdefault(group, []).append(result)
            ours, peers, ratio = self._m["measure"].summarise(result)
            best = next(iter(peers), "no peer")
            print(f"{case.name:<34} {threads} thread{'s'[: threads - 1]}: {ours:9.2f} µs"
                  + (f", {best} / ours {ratio:.2f}" if ratio else ""), file=sys.stderr)
            self.save()

    def run_compile(self, programs):
        """Measures the way to the first result."""
        for case in cases.COMPILED[: 1 if self._arguments.quick else None]:
            if re.search(self._arguments.cases, case.name):
                folder, chosen = self._prepare_case(case, programs)
                print(f"{case.name}: first results", file=sys.stderr)
                rounds = min(self._arguments.rounds, 5)
                self.first_results += self._m["first_results"].measure(case, folder, chosen, rounds)
                self.versions |= {p.name: p.version for p in chosen if p.version}

    def _prepare_case(self, case, programs):
        """The folder of a case, and the programs that can run it."""
        with_onnx = importlib.util.find_spec("onnx") is not None
        folder = self._m["case_folder"].make(case, self._arguments.folder / "cases", with_onnx)
        supports = self._m["peers"].supports
        return folder, programs[:1] + [p for p in programs[1:] if supports(p.name, case)]

    def _run_case(self, case, programs):
        folder, chosen = self._prepare_case(case, programs)
        result = self._m["measure"].measure(
            case, folder, chosen, self._arguments.rounds, self._waiting)
        self.versions |= {p.name: p.version for p in chosen if p.version}
        return result

    def add_limits(self):
        for case in cases.choose(cases.GROUPS):
            for result in sum(self.results.values(), []):
                if result["case"] == case.name and self.limits:
                    limit = self.limits.get(result["threads"])
                    result["limit"] = limit and self._m["limits"].find_limit(case, limit)

    def format_group(self, group):
        report = self._m["report"]
        order = [case.name for case in cases.GROUPS[group]]
        results = sorted(self.results[group],
                         key=lambda result: (result["threads"], order.index(result["case"])))
        lines = [report.format_table([report.make_row(result) for result in results])]
        if any(result["ratios"] for result in results):
            lines += ["", f"Ours is {report.count_verdicts(results)}."]
        left_out = report.list_left_out(results)
        if left_out:
            lines += ["", "Left out of rows:", "", *(f"- {line}" for line in left_out)]
        return "\n".join(lines)

    def format_results(self):
        """The tables of all groups, by their names."""
        sections = {group: self.format_group(group) for group in self.results}
        if self.first_results:
            sections["compile"] = self._m["first_results"].format_table(self.first_results)
        return sections

    def format_machine(self, machine):
        report = self._m["report"]
        versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
        lines = [
            f"- machine: {machine['cpu']}, {machine['processors']} processors, {machine['date']}",
            f"- versions: {versions}",
            f"- command: `{machine['command']}` ({machine['rounds']} rounds)",
            f"- {self._m['quiet'].describe(sum(self.results.values(), []))}",
            *(f"- without {name}: {why}" for name, why in self.unavailable.items()),
        ]
        if self.limits:
            lines += ["", report.format_limits(self.limits)]
        return "\n".join(lines)

    def write_page(self, path, sections):
        self._m["report"].write_sections(pathlib.Path(path), sections)


def prepare(arguments):
    """Installs the packages that make ONNX models, and lets this program see them."""
    if arguments.peers == "none":
        return
    try:
        packages = install.install_packages(
            arguments.folder, "onnxruntime", ["onnxruntime", "onnx"])
        sys.path.insert(1, str(packages))
        importlib.invalidate_caches()
    except install.Unavailable as error:
        print(f"without ONNX models: {error}", file=sys.stderr)


def main():
    arguments = parse_arguments()
    if arguments.list:
        groups = [group for group in arguments.groups if group in cases.GROUPS]
        chosen = cases.choose(groups, arguments.cases, arguments.quick)
        print("\n".join(case.name for case in chosen))
        return
    if not os.access(arguments.gatefold, os.X_OK):
        sys.exit(f"{arguments.gatefold}: not a program; give one with --gatefold")
    prepare(arguments)
    benchmark = Benchmark(arguments)
    benchmark.find_limits()
    try:
        benchmark.run(arguments.groups, map(int, arguments.threads.split(",")))
    except KeyboardInterrupt:
        print("interrupted; this is what was measured", file=sys.stderr)
    benchmark.find_limits()
    benchmark.add_limits()
    machine = describe_machine(arguments, benchmark.versions)
    sections = {"machine": benchmark.format_machine(machine)}
    sections |= benchmark.format_results()
    print("\n\n".join(sections.values()))
    benchmark.save()
    if arguments.write:
        benchmark.write_page(arguments.write, sections)


if __name__ == "__main__":
    main()
