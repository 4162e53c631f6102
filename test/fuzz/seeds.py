#!/usr/bin/env python3
"""Writes what fuzzers begin with into FOLDER/TARGET: `seeds.py FOLDER [--corpus DIR]`.

Binary files are made here, so that the repository holds texts only: models from the texts of test/Onnx (with protoc),
texts of models from the examples and the tests of the language. A corpus adds its small files.
"""

import argparse
import json
import pathlib
import re
import shutil
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LARGEST = 1 << 16  # bytes of a file that is taken as a seed; larger ones slow a fuzzer down


def write(folder, target, name, data):
    path = folder / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def safetensors_seeds():
    vector = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    matrix = {"dtype": "BF16", "shape": [2, 3], "data_offsets": [8, 20]}
    yield "two", safetensors({"a": vector, "b.c": matrix, "__metadata__": {"format": "pt"}}, bytes(20))
    yield "scalar", safetensors({"s": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]}}, bytes(8))
    yield "empty_tensor", safetensors({"e": {"dtype": "BOOL", "shape": [0, 4], "data_offsets": [0, 0]}}, b"")
    yield "empty", safetensors({}, b"")
    yield "huge", safetensors({"a": {"dtype": "F64", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 8]}}, bytes(8))
    yield "deep", safetensors(b'{"a":' + b"[" * 1000, b"")


def npy(descr, order, shape, data, version=1):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def npy_seeds():
    yield "vector", npy("<f4", False, "(3,)", bytes(12))
    yield "columns", npy("<i2", True, "(2, 3, 2)", bytes(range(24)))
    yield "scalar", npy("|b1", False, "()", b"\1", version=2)
    yield "empty", npy("<f8", True, "(0, 5)", b"", version=3)
    yield "big_endian", npy(">f4", False, "(1,)", bytes(4))
    yield "huge", npy("<f8", True, f"({1 << 40}, {1 << 40})", bytes(8))
    yield "huge_empty", npy("<f8", True, f"({1 << 62}, 0, {1 << 62})", b"")


def wav(chunks):
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav_seeds():
    plain = struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)
    extensible = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + bytes(8) + b"\1\0" + bytes(14)
    samples = struct.pack("<4h", 0, 1, -32768, 32767)
    yield "plain", wav([(b"fmt ", plain), (b"data", samples)])
    yield "extensible", wav([(b"fmt ", extensible), (b"LIST", b"odd"), (b"\0data", b""), (b"data", samples)])
    yield "stereo", wav([(b"fmt ", struct.pack("<HHIIHH", 1, 2, 16000, 64000, 4, 16)), (b"data", samples)])
    yield "silence", wav([(b"fmt ", plain), (b"data", b"")])
    yield "cut", wav([(b"fmt ", plain), (b"data", samples)])[:-3]


def vocabulary(form, contents, text):
    return form + bytes([len(text)]) + contents + text


def vocabulary_seeds():
    pieces = [(0, b"<unk>"), (0, b"\n<s>\n"), (0, b"\n</s>\n"), (-1, b" "), (-2, b"a"), (-3, b"b"), (-1.5, b"ab"), (1, b" ab")]
    table = b"".join(struct.pack("<fi", score, len(piece)) + piece for score, piece in pieces)
    yield "pieces", vocabulary(b"0", struct.pack("<i", 8) + table, b"abab ba")
    bytewise = b"".join(struct.pack("<fi", 0, 1) + bytes([i]) for i in range(3, 259 - 3))
    yield "bytes", vocabulary(b"0", struct.pack("<i", 8) + table + bytewise, "aä€".encode())
    yield "lines", vocabulary(b"1", b"<unk>\nhello\nworld\r\n", b"hello, world")
    yield "array", vocabulary(b"2", b'["<unk>", "hello", "w\\u00f6rld"]', "wörld hello".encode())
    yield "object", vocabulary(b"3", b'{"key": {"a": 1, "b": 0, "": 3}, "other": []}', b"a b")
    yield "characters", vocabulary(b"4", '{"ä": 1, "b": 0, "long": 7}'.encode(), "äbx".encode())


TEXTS = {
    "model": "model M(x: [T, 3]) -> [T, 2] {\n  h = scan Lstm[3, 2](x)\n  return h\n}\n",
    "cell": "cell C[I, H](x: [I]) -> [H] {\n  weight W: [H, I]\n  state h: [H] = 0\n"
            "  h' = tanh(W @ x + h)\n  return h'\n}\nmodel M(x: [T, 3]) -> [T, 4] {\n  c = C[3, 4]\n"
            "  return scan c(x)\n}\n",
    "blocks": "model M[N = 3](x: [N, 4]) -> [4] {\n  y = x[0]\n  for i in 0..N {\n    y = y * 2 + x[i]\n  }\n"
              "  return y\n}\n",
    "sizes": "model M[H = 6](x: [H]) -> [H / 2] {\n  require H % 2 == 0\n  return x[0 : H / 2] // half\n}\n",
    "errors": "model M(x: [T, 3 -> {\n  return y.z(]\n",
    "deep": "model M(x: f32) -> f32 {\n  return " + "(" * 300 + "x" + ")" * 300 + "\n}\n",
    "huge": "model M(x: [1099511627776]) -> [1099511627776] {\n  return x * 2\n}\n",
}


def fold_seeds():
    for name, text in TEXTS.items():
        yield name, text.encode()
    for folder in ["examples/tutorial", "examples/zoo", "test/Language"]:
        for path in sorted((ROOT / folder).glob("*.fold")):
            yield path.name, path.read_bytes()


def fold_words():
    """The words of the language and of its library, as a dictionary for a fuzzer."""
    texts = [path.read_text() for path in sorted((ROOT / "lib/Language/library").glob("*.fold"))]
    code = re.sub(r"//.*", "", "\n".join(texts))
    words = sorted(set(re.findall(r"[A-Za-z_]\w+|[^\s\w\"\\]+", code)))
    return "".join(f'"{word}"\n' for word in words).encode()


def onnx_seeds():
    """The models that the text tests of test/Onnx write out."""
    schema = ROOT / "lib/Onnx"
    for path in sorted((ROOT / "test/Onnx").glob("*.test")):
        for name, text in re.findall(r"^//--- (\S+)\.txt\n(.*?)(?=^//---|\Z)", path.read_text(), re.M | re.S):
            command = ["protoc", "--encode=gatefold.onnx.ModelProto", "-I", schema, schema / "onnx.proto"]
            encoded = subprocess.run(command, input=text.encode(), capture_output=True)
            if encoded.returncode == 0:  # else it is not a model but an input of one
                yield f"{path.stem}-{name}", encoded.stdout


def corpus_seeds(corpus):
    """Small files of a corpus, and the target that each is for."""
    targets = {".onnx": "onnx", ".fold": "fold", ".safetensors": "safetensors", ".npy": "npy", ".wav": "wav"}
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path.suffix in targets and path.stat().st_size <= LARGEST:
            yield targets[path.suffix], str(path.relative_to(corpus)).replace("/", "-"), path.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--corpus", type=pathlib.Path)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    made = {"onnx": onnx_seeds, "fold": fold_seeds, "safetensors": safetensors_seeds, "npy": npy_seeds,
            "wav": wav_seeds, "vocabulary": vocabulary_seeds}
    for target, seeds in made.items():
        for name, data in seeds():
            write(arguments.folder, target, name, data)
    write(arguments.folder, ".", "fold.dict", fold_words())
    if arguments.corpus:
        for target, name, data in corpus_seeds(arguments.corpus):
            write(arguments.folder, target, name, data)


if __name__ == "__main__":
    main()
