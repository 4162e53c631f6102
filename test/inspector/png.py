"""PNG files of 8 bits a channel without interlacing, as browsers write them."""

import struct
import zlib

import numpy


def inflate(data):
    """Width, height, channels, and the lines as they are stored, [height, 1 + width * channels]."""
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    channels = {2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at:at + 4])
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    return width, height, channels, numpy.frombuffer(zlib.decompress(packed), numpy.uint8).reshape(height, -1)


def read(data):
    """The pixels, [height, width, 3]."""
    width, height, channels, lines = inflate(data)
    pixels = numpy.zeros((height, width, channels), numpy.uint8)
    above = numpy.zeros((width, channels), numpy.uint8)
    for row, line in enumerate(lines):
        above = pixels[row] = _unfilter(line[0], line[1:].reshape(width, channels), above)
    return pixels[:, :, :3]


def _unfilter(filter, line, above):
    """One line from its differences to what is left of it and above it."""
    if filter == 0:
        return line
    if filter == 1:
        return numpy.cumsum(line, axis=0, dtype=numpy.uint8)
    if filter == 2:
        return line + above
    result = numpy.zeros_like(line)
    left = corner = numpy.zeros(line.shape[1], int)
    for column, (part, up) in enumerate(zip(line.astype(int), above.astype(int))):
        guess = (left + up) // 2 if filter == 3 else _nearest(left, up, corner)
        result[column] = left = (part + guess) % 256
        corner = up
    return result


def _nearest(left, up, corner):
    """Of three neighbours that which is nearest to left + up - corner."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    first = (to_left <= to_up) & (to_left <= to_corner)
    return numpy.where(first, left, numpy.where(to_up <= to_corner, up, corner))


def shrink(data):
    """The picture with at most 256 colours, those that occur most and for all others the nearest of them."""
    pixels = read(data)
    height, width, _ = pixels.shape
    coarse = (pixels.astype(int) + 4) // 8 * 8
    colors, numbers, counts = numpy.unique(coarse.clip(0, 255).reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    kept = colors[numpy.argsort(-counts)[:256]]
    nearest = numpy.array([numpy.argmin(((kept - color) ** 2).sum(axis=1)) for color in colors], numpy.uint8)
    lines = numpy.zeros((height, width + 1), numpy.uint8)
    lines[:, 1:] = nearest[numbers.reshape(height, width)]

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = kept.clip(0, 255).astype(numpy.uint8).tobytes()
    return (data[:8] + chunk(b"IHDR", header) + chunk(b"PLTE", palette) +
            chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b""))
