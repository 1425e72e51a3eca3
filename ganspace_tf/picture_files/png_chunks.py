"""The chunks of a PNG file (PNG specification, third edition, section 5), without decoding a pixel.

Pillow hands out text only after it has opened the picture, and text behind the pixels only after it has
decoded all of them, of every frame. A recipe needs neither.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import BinaryIO, Iterator, NamedTuple, Optional

from ganspace_tf.errors import FileError
from nvlabs.reading.budget import Budget

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
MAX_CHUNKS = 200_000  # encoders write pixels in pieces of 8 KiB or more
PIECE, STEP = 1 << 16, 1 << 18  # bytes that are unpacked at a time, before and after


class Chunk(NamedTuple):
    """One chunk: its type, where its data begin in the file, and how many bytes they are."""

    kind: bytes
    start: int
    length: int


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a PNG file up to its end, or to where it is cut off. The stream may be moved in between.

    Raises FileError, without the name of the file, for what does not begin with the signature and an IHDR,
    and for chunks that are longer than the file or more than MAX_CHUNKS.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if stream.read(len(SIGNATURE)) != SIGNATURE:
        raise FileError("not a PNG file, or a damaged one")
    at = len(SIGNATURE)
    for number in range(MAX_CHUNKS):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8 and number:
            return
        length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        if at + 12 + length > size or (number == 0 and (kind, length) != (b"IHDR", 13)):
            raise FileError("not a PNG file, or a damaged one")
        yield Chunk(kind, at + 8, length)
        if kind == b"IEND":
            return
        at += 12 + length
    raise FileError("a PNG file of more than {:,} chunks".format(MAX_CHUNKS))


def data_of(stream: BinaryIO, chunk: Chunk) -> bytes:
    """The data of a chunk. Raises FileError, without the name of the file, where its checksum is another."""
    stream.seek(chunk.start)
    data, check = stream.read(chunk.length), stream.read(4)
    if struct.pack(">I", zlib.crc32(data, zlib.crc32(chunk.kind))) != check:
        raise FileError("a damaged PNG file: the checksum of a chunk is wrong")
    return data


def find_text(stream: BinaryIO, keyword: str, budget: Budget) -> Optional[str]:
    """The first text with this keyword, plain or compressed, in Latin-1 or UTF-8; None if there is none.

    Of other chunks nothing but the keyword is read. budget: charged before text is read or unpacked. Raises
    FileError (as `chunks` and `data_of`, and for a text that cannot be unpacked) and DamagedFile (budget),
    both without the name of the file.
    """
    key = keyword.encode("latin1") + b"\0"
    for chunk in chunks(stream):
        if chunk.kind not in TEXTS:
            continue
        stream.seek(chunk.start)
        if stream.read(min(chunk.length, len(key))) != key:
            continue
        budget.spend(chunk.length)
        return _text(chunk.kind, data_of(stream, chunk)[len(key) :], budget)
    return None


def _text(kind: bytes, data: bytes, budget: Budget) -> str:
    """The text of a chunk from what follows its keyword."""
    if kind == b"tEXt":
        encoding = "latin1"
    elif kind == b"zTXt":
        data, encoding = _unpacked(data[:1], data[1:], budget), "latin1"
    else:  # flag, method, language, keyword in that language, text
        parts = data[2:].split(b"\0", 2)
        if len(parts) < 3 or data[:1] not in (b"\0", b"\1"):
            raise FileError("a damaged PNG file: a text without its fields")
        text = parts[2]
        data, encoding = text if data[:1] == b"\0" else _unpacked(data[1:2], text, budget), "utf-8"
    budget.text(data, encoding)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise FileError("a damaged PNG file: a text that is not UTF-8") from None


def _unpacked(method: bytes, packed: bytes, budget: Budget) -> bytes:
    """The bytes of a zlib stream."""
    unpack, parts = zlib.decompressobj(), []
    try:
        for start in range(0, len(packed) if method == b"\0" else 0, PIECE):
            piece, full = packed[start : start + PIECE], True
            while full:
                budget.spend(STEP)
                parts.append(unpack.decompress(piece, STEP))
                budget.spend(2 * len(parts[-1]) - STEP)  # it will be joined
                piece, full = unpack.unconsumed_tail, len(parts[-1]) == STEP
    except zlib.error:
        pass
    if not unpack.eof:
        raise FileError("a damaged PNG file: a text that cannot be unpacked")
    return b"".join(parts)
