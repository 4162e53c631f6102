"""A headless Chromium that shows a page and answers questions about it.

It is spoken to by the DevTools protocol over two pipes (--remote-debugging-pipe): messages in JSON, each ended by a zero
byte. Nothing but Python's own library is needed.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def find_program():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One browser with one page. What goes wrong in the page, and what it asks the network for, is noted."""

    def __init__(self, width=1440, height=900):
        self.directory = tempfile.TemporaryDirectory()
        arguments = [find_program(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
                     "--disable-extensions", "--disable-background-networking", "--no-first-run", "--disable-dev-shm-usage",
                     "--allow-file-access-from-files", "--user-data-dir=" + self.directory.name,
                     f"--window-size={width},{height}", "about:blank"]
        # High numbers first, so that giving a pipe the number 3 or 4 does not close another.
        pipes = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for pair in (os.pipe(), os.pipe()) for end in pair]
        reads, self.writer, self.reader, writes = pipes

        def number_pipes():
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        self.process = subprocess.Popen(arguments, preexec_fn=number_pipes, pass_fds=(3, 4), close_fds=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(reads)
        os.close(writes)
        self.received = b""
        self.number = 0
        self.errors = []
        self.requests = []
        self.session = None
        target = self.send("Target.createTarget", url="about:blank", width=width, height=height)["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.send(domain + ".enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.writer)
        os.close(self.reader)
        self.directory.cleanup()

    def send(self, method, **parameters):
        """Calls a method of the protocol and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._note(answer)

    def _receive(self, seconds=60):
        end = time.monotonic() + seconds
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.reader], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.reader, 1 << 20)
            if not part:
                raise RuntimeError("the browser has ended")
            self.received += part
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.errors.append(str([argument.get("value") for argument in parameters["args"]]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def evaluate(self, expression):
        """The value of an expression, for which promises are waited for."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait_for(self, expression, seconds=20):
        """Waits until an expression is true, and until what it changed is drawn."""
        end = time.monotonic() + seconds
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}; errors: {self.errors}")
            time.sleep(0.02)
        self.draw()

    def draw(self):
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def open(self, url):
        self.send("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && document.body.classList.contains('ready')")

    def press(self, key, shift=False):
        """Presses a key: "a", "Enter", "ArrowDown"."""
        for kind in ["keyDown", "keyUp"]:
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.send("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 if shift else 0, **text)
        self.draw()

    def move_to(self, expression):
        """Moves the mouse over an element; returns where it is."""
        x, y = self.evaluate(f"(() => {{ const box = ({expression}).getBoundingClientRect();"
                             " return [box.left + Math.min(box.width / 2, 60), box.top + box.height / 2]; })()")
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.draw()
        return x, y

    def click(self, expression):
        x, y = self.move_to(expression)
        for kind in ["mousePressed", "mouseReleased"]:
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.draw()

    def prefer_dark(self, dark):
        value = "dark" if dark else "light"
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])
        self.draw()

    def screenshot(self, scale=None):
        """A picture of the page as PNG, smaller if `scale` says so."""
        clip = {}
        if scale:
            size = self.evaluate("[innerWidth, innerHeight]")
            clip = {"clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": scale}}
        return base64.b64decode(self.send("Page.captureScreenshot", format="png", **clip)["data"])
