"""Writes files for the driver's tests, good ones and broken ones, into the current directory."""

import json
import struct
import sys

import numpy as np


def header(entries):
    """The beginning of a safetensors file: the header's length and the header."""
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


def safetensors(name, tensors):
    """A good file of f32 and f64 tensors."""
    entries, data = {}, b""
    for key, array in tensors.items():
        dtype = {"float32": "F32", "float64": "F64", "int64": "I64"}[str(array.dtype)]
        begin = len(data)
        data += array.tobytes()
        entries[key] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [begin, len(data)]}
    write(name, header(entries) + data)


def write(name, contents):
    with open(name, "wb") as file:
        file.write(contents)


def entry(begin, end, dtype="F32", shape=(3,)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def wav(name, channels=1, bits=16, encoding=1):
    data = bytes(8 * channels * bits // 8)
    form = struct.pack("<HHIIHH", encoding, channels, 16000, 16000 * channels * bits // 8,
                       channels * bits // 8, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    write(name, b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def weights():
    safetensors("good.safetensors", {"sum.w": np.array([1, 10, 100], np.float32)})
    safetensors("nan.safetensors", {"sum.w": np.array([1, np.nan, 100], np.float32)})
    safetensors("shape.safetensors", {"sum.w": np.zeros(4, np.float32)})
    safetensors("dtype.safetensors", {"sum.w": np.zeros(3, np.int64)})
    safetensors("names.safetensors", {"sum.v": np.zeros(3, np.float32), "more": np.zeros(1, np.float32)})
    safetensors("table.safetensors", {"table": np.arange(20, dtype=np.float32).reshape(5, 4)})
    good = header({"sum.w": entry(0, 12)}) + bytes(12)
    write("truncated.safetensors", good[:-4])
    write("long.safetensors", struct.pack("<Q", 1 << 40) + b"{}")
    write("overlap.safetensors", header({"sum.w": entry(0, 12), "b": entry(8, 20)}) + bytes(20))
    write("empty.safetensors", b"")


def inputs():
    x = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], np.float32)
    np.save("x.npy", x)
    np.save("x64.npy", x.astype(np.float64))
    np.save("batch.npy", np.stack([x, 2 * x, -x]))
    np.save("wide.npy", np.zeros((4, 5), np.float32))
    np.save("rank.npy", np.zeros(3, np.float32))
    np.save("integers.npy", x.astype(np.int64))
    np.save("words.npy", np.array([0, 4, 2], np.int64))
    np.save("outside.npy", np.array([0, 5, 2], np.int64))
    np.save("huge.npy", np.array([0, 1 << 40], np.int64))
    wav("sound.wav")
    wav("stereo.wav", channels=2)
    wav("float.wav", bits=32, encoding=3)


def texts():
    write("empty.fold", b"")
    write("binary.fold", bytes(range(256)) * 16)
    write("brace.fold", b"model Main(x: [T]) -> (y: [T]) {\n  return x\n")
    write("deep.fold", b"model Main(x: f32) -> f32 {\n  return " + b"(" * 10000 + b"x" + b")" * 10000 + b"\n}\n")
    write("line.fold", b"model Main(x: f32) -> f32 { return x +" + b" " * 10_000_000 + b"z }\n")


for kind in sys.argv[1:]:
    {"weights": weights, "inputs": inputs, "texts": texts}[kind]()
