"""A client of the language server: starts it and speaks the Language Server Protocol with it."""

import json
import pathlib
import queue
import subprocess
import threading


class Client:
    """One session. Positions are (line, column) from 0, columns in UTF-16 code units."""

    def __init__(self, program, *arguments, timeout=60, environment=None):
        self.process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=environment)
        self.watchdog = threading.Timer(timeout, self.process.kill)
        self.watchdog.daemon = True
        self.watchdog.start()
        self.received = queue.Queue()
        threading.Thread(target=self.read_messages, daemon=True).start()
        self.last_id = 0
        self.versions = {}
        self.diagnostics = {}
        self.capabilities = self.request("initialize", {
            "processId": None, "rootUri": None, "capabilities": {}})["capabilities"]
        self.notify("initialized", {})

    def send_bytes(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def send(self, message):
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def read_messages(self):
        """Reads all that comes, so that the server never waits; None is the end."""
        length = None
        while line := self.process.stdout.readline():
            if line == b"\r\n":
                self.received.put(json.loads(self.process.stdout.read(length)))
            elif line.startswith(b"Content-Length:"):
                length = int(line.split(b":")[1])
        self.received.put(None)

    def receive(self):
        message = self.received.get()
        if message is None:
            raise EOFError(f"the server ended: {self.process.stderr.read().decode()[-4000:]}")
        return message

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def answer(self, method, params):
        """The whole answer to a request. Diagnostics that come before it are kept."""
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif message.get("id") == self.last_id:
                return message

    def request(self, method, params):
        answer = self.answer(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, path, text):
        uri = pathlib.Path(path).as_uri()
        self.versions[uri] = 1
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": "gatefold", "version": 1, "text": text}})
        return uri

    def change(self, uri, *changes):
        """Each change is a whole text, or (start, end, text)."""
        self.versions[uri] += 1
        events = [{"text": change} if isinstance(change, str) else
                  {"range": {"start": place(change[0]), "end": place(change[1])},
                   "text": change[2]} for change in changes]
        self.notify("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": self.versions[uri]}, "contentChanges": events})

    def close(self, uri):
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def ask(self, feature, uri, position):
        return self.request(f"textDocument/{feature}", {
            "textDocument": {"uri": uri}, "position": place(position)})

    def hover(self, uri, position):
        answer = self.ask("hover", uri, position)
        return answer and answer["contents"]["value"]

    def completions(self, uri, position):
        """The items by label."""
        return {item["label"]: item for item in self.ask("completion", uri, position)["items"]}

    def messages(self, uri):
        """The diagnostics of the present text."""
        self.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        return self.diagnostics.get(uri, [])

    def stop(self):
        """Ends the session as the protocol says; returns the exit status."""
        self.request("shutdown", None)
        self.notify("exit", None)
        status = self.process.wait()
        self.watchdog.cancel()
        return status


def place(position):
    return {"line": position[0], "character": position[1]}


def find(text, needle, offset=0, occurrence=0):
    """The position of `needle`, and `offset` characters more, in `text`."""
    index = -1
    for _ in range(occurrence + 1):
        index = text.index(needle, index + 1)
    before = text[:index + offset]
    line = before.count("\n")
    return line, len(before[before.rfind("\n") + 1:].encode("utf-16-le")) // 2
