#!/usr/bin/env python3
"""The inspector's page in a headless Chromium: that it loads, links, compares, and fetches nothing.

page.py --gatefold PROGRAM CASE runs one case; without a Chromium it says so and is skipped (exit status 77).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

import numpy

import browser as browsers
import png

FOLDER = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
MOST_BYTES = 2_000_000
SKETCHES = os.path.join(FOLDER, "sketches.json")
LARGEST_DIFFERENCE = 4.5  # of 255: other fonts make about 2, a pane that is empty 5 to 19


class Page:
    """A page in a browser, with questions about what it shows."""

    def __init__(self, browser, path, gatefold, updates=False):
        self.browser, self.path, self.gatefold, self.updates = browser, path, gatefold, updates

    def open(self, address=""):
        """Loads the page anew."""
        self.browser.send("Page.navigate", url="about:blank")  # another address of one page does not load it
        self.browser.open(f"file://{self.path}{'#' + address if address else ''}")

    def show(self, address):
        """Has the page that is open show something else."""
        self.browser.press("Escape")
        self.browser.evaluate(f"history.replaceState(null, '', '#' + {json.dumps(address)}); applyAddress(app)")
        self.browser.draw()

    def rows(self, side, kind=""):
        """The texts of the rows that are drawn."""
        return self.browser.evaluate(f"[...document.querySelectorAll('#{side} .row{kind} .code')].map((row) => row.textContent)")

    def row(self, side, text):
        """An expression for the first drawn row with a text."""
        return f"[...document.querySelectorAll('#{side} .row')].find((row) => row.textContent.includes({json.dumps(text)}))"

    def title(self, side):
        return self.browser.evaluate(f"document.querySelector('#{side} select').selectedOptions[0].textContent")

    def text(self, selector):
        return self.browser.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")

    def background(self):
        return self.browser.evaluate("getComputedStyle(document.body).backgroundColor")


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def inspect(gatefold, directory):
    path = os.path.join(directory, "inspection")
    subprocess.run([gatefold, "inspect", os.path.join(FOLDER, "recall.fold"), "-o", path], check=True)
    return path


# Cases


def case_loads(page, directory):
    """One file below the limit that shows the source beside the first stage, and asks for nothing else."""
    check(os.path.getsize(page.path) < MOST_BYTES, f"{os.path.getsize(page.path)} bytes")
    page.open()
    check(page.text("#title") == "Recaller", page.text("#title"))
    check(any("cell Recall" in row for row in page.rows("left")), page.rows("left"))
    check(any("gatefold.entry @sequence" in row for row in page.rows("right")), page.rows("right"))
    check("?" in page.text("#origin"), "nothing tells of the keys")
    steps = page.browser.evaluate("[...document.querySelectorAll('#timeline .step .what')].map((step) => step.textContent)")
    for expected in ["Source", "fuse-gates", "fuse-attention", "plan-memory", "LLVM IR", "assembly"]:
        check(expected in steps, f"no {expected} in {steps}")
    check(any("without effect" in step for step in steps), steps)
    check("arena" in page.text("#timeline"), "no bytes of the arena")


def case_links(page, directory):
    """The mouse over a gate lights what came from it, down to the instructions, and the other way round."""
    data = json.load(open(os.path.join(directory, "inspect.json")))
    files = [step["file"] for step in data["steps"] if "text" in step]
    views = {"gatefold": files[1], "ll": files[-2], "s": files[-1]}
    for name, file in views.items():
        page.show(f"left=source&right={file.split('-')[0]}")
        # The forget gate of the library's cell: the row is in the document when it is scrolled to.
        line = page.browser.evaluate("app.inspection.sourceView.rows.findIndex((row) => row.text.includes('f = sigmoid'))")
        page.show(f"left=source:{line + 1}&right={file.split('-')[0]}")
        page.browser.click(page.row("left", "f = sigmoid") + ".querySelector('.code')")
        lit = page.rows("right", ".strong")
        check(lit, f"nothing lit in {name}")
        if name == "s":
            check(any(row.startswith("\tv") for row in lit), f"no vector instruction in {lit}")
        check(page.text("#origin").find("f") >= 0, page.text("#origin"))
        page.browser.press("Escape")
        check(not page.rows("right", ".strong"), "still lit")
        # And back: from the first of those rows to the line of the source.
        page.browser.move_to(page.row("right", lit[0]) + ".querySelector('.code')")
        back = page.rows("left", ".strong") + page.rows("left", ".weak")
        check(back, f"{lit[0]} lights nothing in the source")


def case_names(page, directory):
    """LLVM's values and instructions have the user's names beside them."""
    data = json.load(open(os.path.join(directory, "inspect.json")))
    assembly = data["steps"][-1]["file"].split("-")[0]
    page.show(f"left=source&right={assembly}")
    names = page.browser.evaluate("app.panes.right.view.rows.map(({set}) => app.links.namesOfSet(set)).flat()")
    for expected in ["lower.f", "writer.lower.i", "writer.shares"]:
        short = expected.split(".")[-1]
        check(any(name.split(".")[-1] == short for name in names), f"no {short} in {sorted(set(names))}")


def case_diff(page, directory):
    """Two passes row against row; runs of equal rows are opened by a click."""
    views = page_views(directory, "gatefold-fuse-gates")
    page.show(f"left={views[0]}&right={views[1]}&diff")
    check(any("gatefold.dots" in row for row in page.rows("right", ".added")), page.rows("right", ".added"))
    check(any("gatefold.dot " in row for row in page.rows("left", ".removed")), page.rows("left", ".removed"))
    check(page.text("#left .facts").startswith("−"), page.text("#left .facts"))
    count = "app.panes.left.items.length"
    check(page.browser.evaluate(count) == page.browser.evaluate("app.panes.right.items.length"), "panes differ in length")
    before = page.browser.evaluate(count)
    page.browser.click("document.querySelector('#left .skipped')")
    check(page.browser.evaluate(count) > before, "nothing opened")
    page.browser.press("d")
    check(not page.rows("left", ".removed"), "still a difference")
    # A view differs from itself in nothing, and random texts by what an exact search finds.
    check(page.browser.evaluate("matchRows(['a', 'b', 'c', 'a', 'b', 'b', 'a'], ['c', 'b', 'a', 'b', 'a', 'c']).length") == 4,
          "the example of the paper has a common subsequence of 4")


def page_views(directory, name):
    """The numbers of the file before a pass and of the pass's own."""
    files = sorted(file for file in os.listdir(directory) if file.endswith(".mlir"))
    at = next(index for index, file in enumerate(files) if name in file)
    return files[at - 1].split("-")[0], files[at].split("-")[0]


def case_search(page, directory):
    page.show("left=source")
    page.browser.press("/")
    for letter in "softmax":
        page.browser.press(letter)
    check("lines" in page.text("#hits"), page.text("#hits"))
    page.browser.press("Enter")
    cursor = page.browser.evaluate("app.panes.left.view.rows[app.panes.left.cursor].text")
    check("softmax" in cursor, cursor)
    check(page.browser.evaluate("CSS.highlights.get('hit').size") > 0, "no word is marked")
    page.browser.press("Escape")
    check(page.text("#hits") == "", "still searching")


def case_folding(page, directory):
    page.show("left=source:3&right=01")
    rows = "app.panes.left.items.length"
    before = page.browser.evaluate(rows)
    page.browser.click(page.row("left", "cell Recall") + ".querySelector('.fold')")
    check(page.browser.evaluate(rows) < before, "nothing folded")
    check(any("⋯" in row for row in page.rows("left")), page.rows("left"))
    page.browser.click(page.row("left", "cell Recall") + ".querySelector('.fold')")
    check(page.browser.evaluate(rows) == before, "not opened again")


def case_keyboard(page, directory):
    """Everything without a mouse."""
    page.show("left=source:1&right=01")
    page.browser.press("w")
    check(page.browser.evaluate("app.active.side") == "right", "w does not change panes")
    before = page.title("right")
    page.browser.press("]")
    check(page.title("right") != before, "] does not change the view")
    page.browser.press("[")
    check(page.title("right") == before, "[ does not go back")
    page.browser.press("s")
    check(page.title("right") == "Source", page.title("right"))
    page.browser.press("w")
    for _ in range(9):
        page.browser.press("j")
    check(page.browser.evaluate("app.selection.strong.size") > 0, "the cursor lights nothing")
    page.browser.press("Enter")
    check(page.browser.evaluate("!!app.pinned"), "Enter does not hold on")
    page.browser.press("Escape")
    check(not page.browser.evaluate("!!app.pinned"), "Escape does not let go")
    notes = "document.querySelectorAll('#left .note').length"
    check(page.browser.evaluate(notes) > 0, "no remarks")
    page.browser.press("r")
    check(page.browser.evaluate(notes) == 0, "r does not hide remarks")
    page.browser.press("?", shift=True)
    check(page.browser.evaluate("document.getElementById('help').open"), "no help")
    page.browser.press("Escape")
    check(not page.browser.evaluate("document.getElementById('help').open"), "help stays")


def case_address(page, directory):
    """A line can be linked to; what is shown is in the address."""
    page.open("left=source:8&right=03&pin=left")
    check(page.browser.evaluate("app.panes.left.cursor") == 7, "the line is not found")
    check(page.browser.evaluate("!!app.pinned"), "the line is not held")
    check(page.title("right").startswith("03"), page.title("right"))
    page.browser.press("Escape")
    page.browser.press("]")
    address = page.browser.evaluate("location.hash")
    check("left=graph" in address and "right=03" in address, address)
    page.open("left=99&right=nonsense:x&pin=up")
    check(page.title("left") == "Source", page.title("left"))


def case_graph(page, directory):
    """The model and each cell, with memories that come back and loop nests; linked, and saved as a file of its own."""
    page.show("left=source:1&right=graph")
    titles = page.browser.evaluate("[...document.querySelectorAll('.picture .title')].map((title) => title.textContent)")
    for expected in ["Recaller · sequence", "lower, one step", "upper, one step", "writer, one step"]:
        check(expected in titles, titles)
    names = page.browser.evaluate("app.findView('graph').picture.graphs[1].boxes.map((box) => box.title)")
    check(sorted(names) == sorted(["x", "h", "c", "i", "f", "g", "o", "c'", "h'", "returned"]), names)
    check(page.browser.evaluate("document.querySelectorAll('.picture .edge.back').length") >= 6, "no memories come back")
    check(page.browser.evaluate("document.querySelectorAll('.picture .fusion').length") >= 3, "no loop nests")
    # Boxes of one layer do not overlap.
    overlaps = page.browser.evaluate("""app.findView('graph').picture.graphs.some(({boxes}) => boxes.some((a) => boxes.some((b) =>
        a !== b && Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2)))""")
    check(not overlaps, "boxes overlap")
    page.browser.move_to("[...document.querySelectorAll('.picture .box')].find((box) => box.textContent.startsWith('scan lower'))")
    check(page.rows("left", ".strong"), "a box lights nothing")
    page.show("left=source:22&right=graph&pin=left")
    check(page.browser.evaluate("document.querySelectorAll('.picture .box.strong').length") > 0, "a line lights no box")
    frame = "document.querySelector('#right .picture').getBoundingClientRect()"
    check(page.browser.evaluate("[...document.querySelectorAll('.picture .box.strong')].some((box) =>"
                                f" box.getBoundingClientRect().top >= {frame}.top &&"
                                f" box.getBoundingClientRect().bottom <= {frame}.bottom)"), "the box is not shown")
    ElementTree.fromstring(page.browser.evaluate("app.findView('graph').picture.text()"))


def check_profile(page):
    """Shares of the time beside the source, loops in a table and under the roof, all of them linked."""
    page.show("left=source:1&right=profile")
    shares = page.browser.evaluate("[...document.querySelectorAll('#left .row .heat')].map((share) => share.textContent)")
    check(any(share.endswith("%") for share in shares), shares)
    rows = page.browser.evaluate("[...document.querySelectorAll('.profile tbody tr')].map((row) => row.textContent)")
    check(len(rows) > 2 and any("% of " in row for row in rows), rows)
    times = page.browser.evaluate("app.profile.loops.reduce((sum, {time}) => sum + time, app.profile.elsewhere) /"
                                  " app.profile.profile.microseconds")
    check(abs(times - 1) < 0.01, f"parts are {times} of the whole")
    check(page.browser.evaluate("document.querySelectorAll('.roofline .dot').length") > 0, "no loop under the roof")
    page.browser.move_to("document.querySelector('.profile tbody tr')")
    check(page.rows("left", ".strong"), "a loop lights nothing")


def case_verified(page, directory):
    """Beside each pass how far its results are from the interpreter's; the pass that changes them is marked."""
    model = os.path.join(FOLDER, "..", "tools", "Inputs", "gates.fold")
    with tempfile.TemporaryDirectory() as other:
        subprocess.run([page.gatefold, "inspect", model, "--verify", "--weight-type", "bf16", "--profile", "T=20", "-o", other], check=True,
                       stderr=subprocess.DEVNULL)
        verified = Page(page.browser, os.path.join(other, "index.html"), page.gatefold)
        verified.open()
        marks = page.browser.evaluate("[...document.querySelectorAll('.difference')].map((mark) => mark.textContent)")
        check(len(marks) > 20 and all(mark.startswith("Δ") for mark in marks), marks)
        jumps = page.browser.evaluate("[...document.querySelectorAll('.difference.jump')].map("
                                      "(mark) => mark.closest('.step').querySelector('.what').textContent)")
        check(jumps == ["pack-weights"], jumps)
        check_profile(verified)
    page.browser.requests = [url for url in page.browser.requests if not url.startswith(f"file://{verified.path}")]


def case_resumed(page, directory):
    """A model read at a later stage is its own source, in the colours of its language."""
    loops = next(file for file in os.listdir(directory) if "convert-gatefold-to-loops" in file)
    with tempfile.TemporaryDirectory() as other:
        subprocess.run([page.gatefold, "inspect", os.path.join(directory, loops), "-o", other], check=True)
        resumed = Page(page.browser, os.path.join(other, "index.html"), page.gatefold)
        resumed.open()
        line = page.browser.evaluate("app.findView('source').rows.findIndex((row) => row.text.includes('memref.load'))") + 1
        resumed.show(f"left=source:{line}&right=00:{line}&pin=left")
        check(page.browser.evaluate("document.querySelectorAll('#left .t-value').length") > 0, "no values in the source")
        check(resumed.rows("right", ".strong"), "the source is not linked")
        check("Graph" not in resumed.text("#timeline"), "a graph of loops")
    page.browser.requests = [url for url in page.browser.requests if not url.startswith(f"file://{resumed.path}")]


def case_themes(page, directory):
    """Light and dark, by the system's choice and by the user's; each looks from afar as it did when it was looked at."""
    brightness = lambda color: sum(map(int, color[4:-1].split(",")[:3]))
    page.browser.prefer_dark(False)
    page.open("left=source:1&right=graph")
    light = brightness(page.background())
    compare_picture(page, "light")
    page.browser.prefer_dark(True)
    dark = brightness(page.background())
    check(light > 600 and dark < 200, f"{light}, {dark}")
    compare_picture(page, "dark")
    page.browser.press("t")
    check(brightness(page.background()) == light, "t does not change the theme")


def sketch(page):
    """The mean brightness of blocks of 60 x 60 pixels, and how much it varies within each: [2, 15, 24]."""
    pixels = png.read(page.browser.screenshot(scale=1 / 4)).mean(axis=2)
    blocks = pixels.reshape(15, 15, 24, 15).swapaxes(1, 2)
    return numpy.stack([blocks.mean(axis=(2, 3)), blocks.std(axis=(2, 3))])


def compare_picture(page, name):
    """The page from afar, where no letter can be read, beside what was kept of it."""
    found = sketch(page)
    if page.updates:
        with open(SKETCHES) as file:
            kept = json.load(file)
        kept[name] = found.round().astype(int).tolist()
        with open(SKETCHES, "w") as file:
            json.dump(kept, file, separators=(",", ":"))
    with open(SKETCHES) as file:
        expected = numpy.array(json.load(file)[name])
    # The list of passes, the left pane and the right one: each for itself, since one alone may be empty.
    difference = max(numpy.abs(part).mean() for part in numpy.split(found - expected, [5, 14], axis=2))
    check(difference < LARGEST_DIFFERENCE, f"{name}: differs by {difference:.1f} of 255")


def main():
    cases = {name[5:]: case for name, case in globals().items() if name.startswith("case_")}
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatefold", required=True)
    parser.add_argument("--update", action="store_true", help="keep what the page looks like now")
    parser.add_argument("cases", nargs="*", choices=[[], *cases])
    options = parser.parse_args()
    if not browsers.find_program():
        print("skipped: no Chromium; install chromium-headless-shell")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as directory, browsers.Browser() as browser:
        inspection = inspect(options.gatefold, directory)
        page = Page(browser, os.path.join(inspection, "index.html"), options.gatefold, options.update)
        page.open()
        for name in options.cases or cases:
            cases[name](page, inspection)
            check(not browser.errors, f"{name}: {browser.errors}")
            print(f"{name}: passed")
        fetched = [url for url in browser.requests if not url.startswith(f"file://{page.path}")]
        check(not fetched, f"fetched {fetched}")


if __name__ == "__main__":
    main()
