#!/usr/bin/env python3
"""Makes the pictures of docs/ anew: `scripts/screenshots.py`, after `scripts/build.sh gatefold`. Needs Chromium."""

import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test" / "inspector"))

import browser as browsers
import png

MOST_BYTES = 150_000


def inspect(gatefold, directory):
    model = ROOT / "examples" / "charlm" / "charlm.fold"
    subprocess.run([gatefold, "inspect", model.relative_to(ROOT), "--model", "CharLm", "--weights",
                    "examples/charlm/weights.safetensors", "--profile", "text=examples/charlm/sample.txt", "-o", directory],
                   check=True, cwd=ROOT)
    return pathlib.Path(directory) / "index.html"


def picture_inspector(browser, page):
    """A gate of the library's cell, and the instructions that compute it."""
    browser.open(f"file://{page}#left=source:60&right=29")
    browser.click("[...document.querySelectorAll('#left .row')].find((row) => row.textContent.includes('f = sigmoid'))"
                  ".querySelector('.code')")
    return browser.screenshot()


def picture_graph(browser, page):
    """One step of the LSTM, the output gate lit."""
    browser.open(f"file://{page}#left=source:50&right=graph&pin=left")
    browser.evaluate("document.body.style.setProperty('--left-share', '0.35fr');"
                     "document.body.style.setProperty('--right-share', '0.65fr'); app.toggleRemarks()")
    browser.draw()
    browser.evaluate("app.show(app.panes.right, app.findView('graph'));"
                     "app.panes.left.goTo(app.findView('source').rows.findIndex(({text}) => text.includes('o = sigmoid')));"
                     "app.pinCursor()")
    browser.evaluate("document.querySelector('#right .picture').scrollTo(0, (app.findView('graph').picture.tops.get(1) - 30)"
                     " * app.findView('graph').picture.zoom)")
    browser.draw()
    return browser.screenshot()


def picture_profile(browser, page):
    """Shares beside the LSTM's lines, and its loops."""
    browser.open(f"file://{page}#left=source:50&right=profile")
    browser.evaluate("document.body.style.setProperty('--left-share', '0.3fr');"
                     "document.body.style.setProperty('--right-share', '0.7fr'); app.toggleRemarks();"
                     "app.panes.left.goTo(app.findView('source').rows.findIndex(({text}) => text.includes('h\\' = o')))")
    browser.draw()
    return browser.screenshot()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatefold", default=str(ROOT / "build" / "bin" / "gatefold"))
    options = parser.parse_args()
    if not browsers.find_program():
        sys.exit("error: no Chromium; install chromium-headless-shell")
    pictures = {name[8:]: make for name, make in globals().items() if name.startswith("picture_")}
    with tempfile.TemporaryDirectory() as directory, browsers.Browser(1280, 760) as browser:
        page = inspect(options.gatefold, directory)
        for name, make in pictures.items():
            browser.send("Page.navigate", url="about:blank")  # no picture shows what the one before has lit
            data = png.shrink(make(browser, page))
            path = ROOT / "docs" / "pictures" / f"{name}.png"
            path.write_bytes(data)
            print(f"{path.relative_to(ROOT)}: {len(data)} bytes")
            if len(data) > MOST_BYTES:
                sys.exit(f"error: {path} has {len(data)} bytes, expected at most {MOST_BYTES}")


if __name__ == "__main__":
    main()
