"""Tables of results, aligned for a terminal and in Markdown alike."""

import re

from measure import summarise

_HEADER = ("case", "threads", "ours, µs", "best peer", "its µs", "peer / ours", "of the limit",
           "other peers, µs")
# Below this distance from 1, noise decides who is faster.
_TIE = 0.05


def _number(value):
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def make_row(result):
    """The cells of one result."""
    ours, peers, ratio = summarise(result)
    names = list(peers)
    best = names[0] if names else ""
    others = ", ".join(f"{name} {_number(peers[name])}" for name in names[1:])
    return [
        result["case"],
        str(result["threads"]),
        _number(ours),
        best,
        _number(peers[best]) if best else "",
        f"{ratio:.2f}" if ratio else "",
        f"{100 * result['limit'] / ours:.0f} %" if result["limit"] else "",
        others,
    ]


def format_table(rows, header=_HEADER):
    """A table in Markdown whose columns are aligned; numbers stand to the right."""
    cells = [list(header), *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    is_number = [all(re.match(r"[\d.]+( %)?$|$", row[i]) for row in rows)
                 for i in range(len(header))]

    def line(row):
        parts = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, is_number)]
        return "| " + " | ".join(parts) + " |"

    rule = [("-" * (w + 1) + ":") if n else "-" * (w + 2) for w, n in zip(widths, is_number)]
    return "\n".join([line(cells[0]), "|" + "|".join(rule) + "|", *map(line, rows)])


def format_limits(limits):
    """The limits of the machine as a table."""
    sizes = [size for size, _ in limits[1]["reading"]]
    shown = [size for size in sizes if size >> 10 in (32, 512, 4096, 65536)]
    rows = [["multiply and add, GFLOP/s", *(f"{limit['gflops']:.0f}" for limit in limits.values())]]
    for size in shown:
        speeds = [f"{dict(limit['reading'])[size]:.0f}" for limit in limits.values()]
        name = f"{size >> 10} KB" if size < 1 << 20 else f"{size >> 20} MB"
        rows.append([f"reading {name} per thread, GB/s", *speeds])
    if 2 in limits:
        rows.append(["two threads meet, ns", "", f"{limits[2]['barrier']:.0f}"])
    header = ["limit", *(f"{n} thread{'s' if n > 1 else ''}" for n in limits)]
    return format_table(rows, header)


def count_verdicts(results):
    """How many rows are won, tied and lost."""
    ratios = [ratio for _, _, ratio in map(summarise, results) if ratio]
    won = sum(ratio > 1 + _TIE for ratio in ratios)
    lost = sum(ratio < 1 - _TIE for ratio in ratios)
    return f"{won} faster, {len(ratios) - won - lost} about equal, {lost} slower, of {len(ratios)}"


def list_left_out(results):
    """A line for each reason why peers were left out of rows."""
    reasons = {}
    for result in results:
        for name, reason in result["left_out"].items():
            short = reason if len(reason) <= 120 else reason[:117] + "..."
            reasons.setdefault((name, short), []).append(result["case"])
    return [f"{name}: {reason} ({', '.join(dict.fromkeys(cases))})"
            for (name, reason), cases in reasons.items()]


def write_sections(path, sections):
    """Puts texts between the lines `<!-- begin NAME -->` and `<!-- end NAME -->` of a page."""
    page = path.read_text()
    for name, text in sections.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(page):
            raise SystemExit(f"{path} has no `<!-- begin {name} -->` and `<!-- end {name} -->`")
        page = pattern.sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", page)
    scratch = path.with_suffix(".new")
    scratch.write_text(page)
    scratch.replace(path)
