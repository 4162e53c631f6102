"""What is tested of the language server: a function for each case, called with the program."""

import os
import pathlib
import random
import stat
import tempfile

from client import Client, find

SOURCES = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = SOURCES / "lib" / "Language" / "library"

CELL = """\
const scale = 1 / 2

/// One gate: [I] -> [H].
cell Leaky[I, H](x: [I]) -> [H] {
  weight W, V: [H, I]
  state h: [H] = 0
  keep = sigmoid(V @ x)
  h' = keep * h + scale * (W @ x)
  return h'
}

cell Pair[I, H](x: [I]; memory: [S, H]) -> [H] {
  inner = Leaky[I, H]
  state c: [H] = 0
  c' = inner(x) + softmax(memory . c) @ memory
  return c'
}

model Main[C = 10](frames: [T, 40], notes: [S, 64]) -> (scores: [T, C], last: [64]) {
  pair = Pair[40, 64]
  out = Linear[64, C] load torch from "head."
  ys, final = scan pair(frames; notes) from (inner.h = notes[0])
  return out(ys), final.inner.h
}
"""


def session(program, *arguments):
    """A client, and a folder for its files that lives as long."""
    temporary = tempfile.TemporaryDirectory(prefix="gatefold-lsp-")
    folder = pathlib.Path(temporary.name)
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    client = Client(program, *arguments, environment=environment)
    client.temporary = temporary
    return client, folder


def opened(program, text=CELL, name="text.fold"):
    client, folder = session(program)
    return client, client.open(folder / name, text), text


def life(program):
    client, uri, _ = opened(program)
    for feature in ("hoverProvider", "definitionProvider", "documentSymbolProvider",
                    "documentFormattingProvider", "completionProvider"):
        assert client.capabilities[feature], feature
    assert client.messages(uri) == [], client.messages(uri)
    client.close(uri)
    assert client.ask("hover", uri, (0, 0)) is None
    assert client.answer("textDocument/unheard", {})["error"]["code"] == -32601
    assert client.answer("textDocument/hover", {"position": 3})["error"]["code"] == -32602
    client.send_bytes(b'{"broken": ')
    client.notify("textDocument/didOpen", {"textDocument": None})
    client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3},
                                             "contentChanges": [{"text": "x"}]})
    client.notify("$/cancelRequest", {"id": 1})
    assert client.stop() == 0

    abandoned, _ = session(program)
    abandoned.process.stdin.close()
    assert abandoned.process.wait() == 1
    abandoned.watchdog.cancel()


def diagnostics(program):
    text = CELL.replace("keep * h", "kep * h").replace("return c'", "return c' + x")
    client, uri, _ = opened(program, text)
    found = client.messages(uri)
    assert [message["severity"] for message in found] == [1, 1], found
    unknown, shapes = found
    assert unknown["message"] == "unknown name `kep`\nhint: did you mean `keep`?", unknown
    assert unknown["range"] == {"start": {"line": 7, "character": 7},
                                "end": {"line": 7, "character": 10}}, unknown
    assert "shapes do not fit" in shapes["message"], shapes
    related = {info["message"].split(",")[0] for info in shapes["relatedInformation"]}
    assert related == {"`c'` is [H]", "`x` is [I]"}, related
    assert all(info["location"]["uri"] == uri for info in shapes["relatedInformation"])

    client.change(uri, CELL + "fn unused(x: f32, y: f32) -> f32 {\n  return x\n}\n")
    warning, = client.messages(uri)
    assert warning["severity"] == 2 and "`y` is never used" in warning["message"], warning
    client.change(uri, CELL + "model Odd[D = 7](x: [T, D]) -> [T, D / 2] {\n"
                              "  return x[:, :D / 2]\n}\n")
    division, = client.messages(uri)
    assert "`D / 2` is 7 / 2 with D = 7" in division["message"], division
    client.change(uri, CELL)
    assert client.messages(uri) == []
    client.close(uri)
    assert client.stop() == 0


def units(program):
    """Columns count UTF-16 code units: 1 for é and →, 2 for 𝄞; a line may end with CR LF."""
    text = 'binding b for Linear {\r\n  W = "é→𝄞" + wrong\r\n  b = "b"\r\n}\r\n'
    client, uri, _ = opened(program, text)
    message, = client.messages(uri)
    assert message["range"] == {"start": {"line": 1, "character": 15},
                                "end": {"line": 1, "character": 20}}, message
    # Incremental changes count the same way, and columns beyond the line mean its end.
    client.change(uri, ((1, 15), (1, 20), '"W"'), ((1, 8), (1, 9), "a"), ((2, 90), (2, 99), " "))
    assert client.messages(uri) == [], client.messages(uri)
    edit, = client.request("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}})
    assert edit["newText"] == 'binding b for Linear {\n  W = "éa𝄞" + "W"\n  b = "b"\n}\n', edit
    assert client.stop() == 0


def incremental(program):
    """A text typed character by character is the text."""
    client, uri, _ = opened(program, "")
    line = column = 0
    for character in CELL:
        client.change(uri, ((line, column), (line, column), character))
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
    assert client.messages(uri) == [], client.messages(uri)
    for offset in range(len(CELL) - 1, len(CELL) - 40, -1):
        before = CELL[:offset]
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        end = (line + 1, 0) if CELL[offset] == "\n" else (line, column + 1)
        client.change(uri, ((line, column), end, ""))
    assert client.messages(uri) != []
    assert client.stop() == 0


def expect_hover(client, uri, text, needle, *parts, **options):
    found = client.hover(uri, find(text, needle, **options)) or ""
    for part in parts:
        assert part in found, f"hover of {needle!r}: expected {part!r} in:\n{found}"


def hover(program):
    client, uri, text = opened(program)
    expect_hover(client, uri, text, "scale * (", "const scale = 1 / 2")
    expect_hover(client, uri, text, "V @ x", "weight V: [H, I]", "cell `Leaky[I, H]`")
    expect_hover(client, uri, text, "x)\n", "x: [I]", "parameter of cell `Leaky[I, H]`")
    expect_hover(client, uri, text, "h +", "state h: [H] = 0")
    expect_hover(client, uri, text, "h' =", "h': [H]", "after this step")
    expect_hover(client, uri, text, "keep * h", "keep: [H]", "value")
    expect_hover(client, uri, text, "@ x)\n  h'", "[H, I] @ [I] -> [H]")
    expect_hover(client, uri, text, "sigmoid", "fn sigmoid(x: f32) -> f32", "logistic",
                 "here: `[H]`")
    expect_hover(client, uri, text, "I, H](x: [I]) -> [H] {\n  weight", "given by every instance")
    expect_hover(client, uri, text, "T, 40", "free")
    expect_hover(client, uri, text, "C = 10", "10 unless it is given")
    expect_hover(client, uri, text, "memory .", "memory: [S, H]", "same at every step")
    expect_hover(client, uri, text, "Leaky[I, H]\n", "cell Leaky[I, H](x: [I]) -> [H]",
                 "One gate: [I] -> [H].")
    expect_hover(client, uri, text, "pair(frames", "pair = Pair[40, 64]", "`I = 40`", "`H = 64`",
                 "here: `[T, 64]`")
    expect_hover(client, uri, text, "out(ys)", "layer Linear[I, O](x: [I]) -> [O]",
                 "here: `[T, C]`")
    expect_hover(client, uri, text, "torch", "binding torch for Linear", "torch.nn.Linear")
    expect_hover(client, uri, text, "final.", "final memories of `pair`", "final.c: [64]")
    expect_hover(client, uri, text, "h\n}", "state h: [64] = 0")
    expect_hover(client, uri, text, "inner.h = ", "inner = Leaky[I, H]")
    expect_hover(client, uri, text, "h = notes", "state h: [64] = 0")
    other = ("fn f(x: [N]) -> [N] {\n  return max(x, leaky_relu(exp(x), slope = 0.5))\n}\n"
             "binding mine(part = 1) for Linear {\n  W = \"w{part}\"[part]\n  b = \"b\"[:O]\n}\n")
    client.change(uri, other)
    expect_hover(client, uri, other, "max", "max(x, axis = …)", "max(a, b)", "builtin")
    client.change(uri, "fn g(x: [9]) -> [7, 3] {\n  return windows(x, 3)\n}\n")
    assert "windows(x, K, stride = …" in client.hover(uri, (1, 10))
    client.change(uri, other)
    expect_hover(client, uri, other, "slope", "slope: f32", "`0.01` unless it is given")
    expect_hover(client, uri, other, "W =", "weight W: [O, I]")
    expect_hover(client, uri, other, "part]", "part = 1", "parameter of binding `mine`")
    expect_hover(client, uri, other, "O]", "size, of layer `Linear[I, O]`")
    assert client.hover(uri, find(other, '"b"', 1)) is None
    assert client.stop() == 0


def broken(program):
    """Unfinished declarations are still known by what can be read of them."""
    text = CELL.replace("keep * h +", "keep * (h +").replace("scan pair(frames; notes)",
                                                             "scan pair(")
    client, uri, _ = opened(program, text)
    assert len(client.messages(uri)) >= 2
    expect_hover(client, uri, text, "keep * (h", "keep: [H]")
    expect_hover(client, uri, text, "Leaky[I, H]\n", "One gate")
    expect_hover(client, uri, text, "pair(", "pair = Pair[40, 64]")
    names = {item["name"] for item in client.request(
        "textDocument/documentSymbol", {"textDocument": {"uri": uri}})}
    assert names == {"scale", "Leaky", "Pair", "Main"}, names
    assert client.request("textDocument/formatting", {"textDocument": {"uri": uri},
                                                      "options": {}}) == []
    assert client.stop() == 0


def definition(program):
    client, uri, text = opened(program)

    def goes(needle, target, **options):
        found = client.ask("definition", uri, find(text, needle, **options))
        assert found and found["uri"] == uri, (needle, found)
        start = found["range"]["start"]
        assert (start["line"], start["character"]) == find(text, target), (needle, found)

    goes("V @ x", "V: [H")
    goes("h +", "h: [H] = 0")
    goes("h'\n}", "h' = keep")
    goes("Leaky[I, H]\n", "Leaky")
    goes("scale * (", "scale")
    goes("H, I]", "H](x")
    goes("T, C]", "T, 40")
    goes("pair(frames", "pair =")
    goes("h = notes", "h: [H] = 0")
    goes("final.inner.h", "inner = Leaky", offset=len("final."))
    goes("final.inner.h", "h: [H] = 0", offset=len("final.inner."))

    found = client.ask("definition", uri, find(text, "Linear"))
    path = pathlib.Path(found["uri"].removeprefix("file://"))
    assert path.name == "layers.fold" and "library-" in path.parent.name, found
    assert path.read_text() == (LIBRARY / "layers.fold").read_text()
    assert not path.stat().st_mode & stat.S_IWUSR
    line = path.read_text().splitlines()[found["range"]["start"]["line"]]
    assert line.startswith("layer Linear["), line
    assert client.ask("definition", uri, (2, 0)) is None
    # The copy is a text like any other, and without messages.
    library = client.open(path, path.read_text())
    assert client.messages(library) == [], client.messages(library)
    assert client.stop() == 0


def expect_completions(client, uri, text, prefix, present, absent=()):
    """Completes at the end of `prefix`, which occurs once in `text`."""
    assert text.count(prefix) == 1, prefix
    found = client.completions(uri, find(text, prefix, len(prefix)))
    for label in present:
        assert label in found, f"behind {prefix!r}: {label} is missing in {sorted(found)}"
    for label in absent:
        assert label not in found, f"behind {prefix!r}: {label} should not be there"
    return found


def completion(program):
    text = CELL + """
model Other[D = 4](frames: [T, 40], words: token[T], notes: [S, D]) -> [T, D] {
  require D > 1
  pair = Pair[40, D]
  many = Linear[]
  rnn = Lstm[40, 8] load torch()
  gru = Gru[40, 8] load on
  a, last = scan pair(frames; notes)
  b = las
  c = last.in
  d = last.inner.
  e = leaky_relu(a, sl)
  f = scan rn
  g = sum(a, ax)
  i = a[ne]
  j, k = scan pair(frames; notes) from (inn)
  m = scan pair(frames; notes) from (inner.)
  // ever
  ret
}

cell Fresh[I](x: [
"""
    client, uri, _ = opened(program, text)
    expect_completions(client, uri, text, "require D", ["D"], ["pair", "exp"])
    expect_completions(client, uri, text, "many = Linear[", ["D", "scale"], ["pair", "exp", "T "])
    expect_completions(client, uri, text, "load torch(", ["layer ="])
    expect_completions(client, uri, text, "load on", ["onnx", "torch"], ["tensorflow", "exp"])
    found = expect_completions(client, uri, text, "b = las",
                               ["last", "a", "pair", "D", "softmax", "exp", "scan", "Lstm"],
                               ["W", "keep", "f"])
    assert found["last"]["textEdit"]["range"]["start"]["character"] == 6, found["last"]
    assert found["softmax"]["detail"] == "fn softmax(x: [N]) -> [N]", found["softmax"]
    assert "Bridle" in found["softmax"]["documentation"]["value"], found["softmax"]
    assert found["exp"]["documentation"]["value"] == "e to the power of x", found["exp"]
    assert found["a"]["sortText"] < found["softmax"]["sortText"]
    expect_completions(client, uri, text, "c = last.in", ["inner", "c"], ["x", "W", "exp", "h"])
    expect_completions(client, uri, text, "d = last.inner.", ["h"], ["c", "inner", "exp"])
    expect_completions(client, uri, text, "leaky_relu(a, sl", ["slope =", "a"])
    expect_completions(client, uri, text, "f = scan rn", ["rnn", "gru", "pair", "reverse"],
                       ["many", "exp"])
    expect_completions(client, uri, text, "g = sum(a, ax", ["axis ="])
    expect_completions(client, uri, text, "i = a[ne", ["new", "D", "words"])
    expect_completions(client, uri, text, "j, k = scan pair(frames; notes) from (inn", ["inner", "c"], ["exp", "h"])
    expect_completions(client, uri, text, "m = scan pair(frames; notes) from (inner.", ["h"], ["c"])
    assert client.completions(uri, find(text, "// ever", 7)) == {}
    expect_completions(client, uri, text, "// ever\n  ret", ["return", "weight", "ignore"], ["state"])
    expect_completions(client, uri, text, "cell Fresh[I](x: [", ["I"], ["exp"])

    client.change(uri, CELL + "\nc")
    found = client.completions(uri, find(CELL + "\nc", "\nc", 2, occurrence=2))
    assert {"cell", "model", "fn", "binding"} <= set(found), found
    inside = CELL.replace("  keep = s", "  \n  keep = s")
    client.change(uri, inside)
    found = client.completions(uri, find(inside, "  \n  keep", 2))
    assert {"h' =", "state", "when", "return"} <= set(found) and "exp" not in found, found
    typed = CELL.replace("x: [I])", "x: )", 1)
    client.change(uri, typed)
    assert set(client.completions(uri, find(typed, "x: )", 3))) >= {"f32", "token"}
    assert client.stop() == 0


def symbols(program):
    client, uri, text = opened(program)
    items = client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [item["name"] for item in items] == ["scale", "Leaky", "Pair", "Main"], items
    assert [part["name"] for part in items[1]["children"]] == ["W", "V", "h"], items[1]
    assert [part["name"] for part in items[3]["children"]] == ["pair", "out"], items[3]
    assert items[1]["detail"] == "cell Leaky[I, H](x: [I]) -> [H]", items[1]
    start = items[1]["selectionRange"]["start"]
    assert (start["line"], start["character"]) == find(text, "Leaky"), items[1]
    assert client.stop() == 0


def formatting(program):
    client, uri, _ = opened(program, "fn  twice( x:f32 )->f32{\nreturn 2*x // é\n}")
    edit, = client.request("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}})
    assert edit["newText"] == "fn twice(x: f32) -> f32 {\n  return 2 * x  // é\n}\n", edit
    assert edit["range"] == {"start": {"line": 0, "character": 0},
                             "end": {"line": 2, "character": 1}}, edit
    client.change(uri, edit["newText"])
    assert client.request("textDocument/formatting",
                          {"textDocument": {"uri": uri}, "options": {}}) == []
    assert client.stop() == 0


def imports(program):
    """An import reads what the editor shows; its messages come when that changes."""
    client, folder = session(program)
    parts = folder / "parts.fold"
    parts.write_text("/// Saved.\nfn thrice(x: f32) -> f32 {\n  return 3 * x\n}\n")
    main = 'import "parts.fold"\n\nfn six(x: f32) -> f32 {\n  return 2 * thrice(x)\n}\n'
    (folder / "main.fold").write_text(main)
    main_uri = client.open(folder / "main.fold", main)
    assert client.messages(main_uri) == [], client.messages(main_uri)
    expect_hover(client, main_uri, main, "thrice", "Saved.")
    found = client.ask("definition", main_uri, find(main, "thrice"))
    assert found["uri"] == parts.as_uri() and found["range"]["start"]["line"] == 1, found
    found = client.ask("definition", main_uri, find(main, "parts"))
    assert found["uri"] == parts.as_uri(), found

    parts_uri = client.open(parts, parts.read_text().replace("thrice", "thirds"))
    message, = client.messages(main_uri)
    assert "unknown function `thrice`" in message["message"], message
    client.change(parts_uri, "fn thrice(x: f32) -> f32 {\n  return 3 * y\n}\n")
    message, = client.messages(main_uri)
    assert message["message"].startswith("in an imported file: unknown name `y`"), message
    assert message["range"]["start"] == {"line": 0, "character": 7}, message
    assert message["relatedInformation"][0]["location"]["uri"] == parts_uri, message
    client.close(parts_uri)
    assert client.messages(main_uri) == [], client.messages(main_uri)
    client.change(main_uri, 'import "nothing.fold"\nimport "main.fold"\n')
    missing = client.messages(main_uri)
    assert any("there is no file `nothing.fold`" in each["message"] for each in missing), missing
    assert any("imports itself" in each["message"] for each in missing), missing
    assert client.stop() == 0

    other = folder / "other"
    other.mkdir()
    second, _ = session(program, "-I", str(folder))
    main_uri = second.open(other / "main.fold", main)
    assert second.messages(main_uri) == [], second.messages(main_uri)
    assert second.stop() == 0


def ask_everything(client, uri, text, position):
    client.messages(uri)
    for feature in ("hover", "definition", "completion"):
        client.ask(feature, uri, position)
    client.request("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}})


def prefixes(program):
    """Every prefix of the library's texts, cut at every few characters, is survived."""
    client, uri, _ = opened(program, "")
    for path in sorted(LIBRARY.glob("*.fold")):
        text = path.read_text()
        for end in range(0, len(text), 7):
            part = text[:end]
            client.change(uri, part)
            ask_everything(client, uri, part, find(part + "$", "$"))
    assert client.stop() == 0


def mutations(program):
    """Random changes of texts are survived."""
    chance = random.Random(7)
    words = ["{", "}", "(", ")", "[", "]", "'", '"', ".", " . ", ",", ";", "=", "->", "//", "///",
             "\n", "scan ", "cell ", "for ", "in ", "when ", "state ", "load ", "from (", "import ",
             "binding ", "generate ", "history ", "window ", "x", "1e", "é", "𝄞", "\0", "\r", "@",
             "last.", "\\", "if "]
    texts = [CELL] + [path.read_text() for path in sorted(LIBRARY.glob("*.fold"))]
    client, uri, _ = opened(program, "")
    for _ in range(600):
        text = chance.choice(texts)
        start = chance.randrange(len(text))
        text = text[start:start + chance.randrange(1500)] if chance.random() < 0.5 else text
        for _ in range(chance.randrange(1, 6)):
            index = chance.randrange(len(text) + 1)
            removed = chance.choice([0, 0, 1, 3, 20])
            text = text[:index] + chance.choice(words) + text[index + removed:]
        client.change(uri, text)
        line = chance.randrange(text.count("\n") + 2)
        ask_everything(client, uri, text, (line, chance.randrange(60)))
    assert client.stop() == 0


CASES = {case.__name__: case for case in (
    life, diagnostics, units, incremental, hover, broken, definition, completion, symbols,
    formatting, imports, prefixes, mutations)}
