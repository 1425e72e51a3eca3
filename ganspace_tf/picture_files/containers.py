"""What a picture file says of itself, before anything of it is decoded: format, size, frames.

A file of a few kilobytes can ask for any number of pixels, or hold text, profiles and tables that unpack to
more than its pixels. Each function below reads the frame of one format without Pillow and hands on only what
pixels are made of. A further format is a function and a row of FORMATS.
"""

from __future__ import annotations

import io
import struct
from collections import OrderedDict
from typing import BinaryIO, Callable, Dict, NamedTuple, Tuple

from ganspace_tf.errors import FileError
from ganspace_tf.picture_files import png_chunks, tiff

MAX_PIECES = 100_000  # of one file, besides a piece for every 64 bytes: blocks of a GIF, chunks of a WebP
EXIF = b"Exif\0\0"  # what an Exif block begins with in a JPEG
UPRIGHT = 1
MAX_SCANS = 100  # of a progressive JPEG; each one goes over the whole picture
# Bytes that Pillow takes for a pixel, and half of what is needed beside: of a still picture; of a JPEG whose
# coefficients are kept until the end, or that has four channels; of a frame, with those before and behind it.
STILL, WHOLE_JPEG, MOVING = 6, 8, 18


class Container(NamedTuple):
    """width, height: the largest that Pillow will make of it. frames: at most so many. stream: the file, or
    what of it pixels are made of. each: bytes that Pillow takes for a pixel. format: Pillow's name. bits: of
    a channel, as far as the header says. turn: how the camera says it was held (Exif's orientation, 1 to 8).
    """

    width: int
    height: int
    frames: int
    stream: BinaryIO
    each: int = STILL
    format: str = ""
    bits: int = 8
    turn: int = UPRIGHT


def read_container(stream: BinaryIO) -> Container:
    """What an open picture file is. Raises FileError, without the name of the file, for what is no picture of
    these formats, or damaged.
    """
    start = stream.read(16)
    for name, (accepts, read) in FORMATS.items():
        if accepts(start):
            stream.seek(0)
            try:
                found = read(stream)
            except (struct.error, IndexError):
                raise FileError("a {} file that ends too early or is damaged".format(name)) from None
            if not (found.width > 0 and found.height > 0 and found.frames > 0):
                raise FileError("a {} file without pixels".format(name))
            found.stream.seek(0)
            return found._replace(format=name, each=max(found.each, MOVING if found.frames > 1 else 0))
    raise FileError("not a picture, or a damaged one")


def _png(stream: BinaryIO) -> Container:
    kept, frames = [png_chunks.SIGNATURE], 1
    width = height = 0
    bits, turn = 8, UPRIGHT
    for chunk in png_chunks.chunks(stream):
        if chunk.kind == b"eXIf":
            stream.seek(chunk.start)
            turn = tiff.read_orientation(stream.read(chunk.length))
        if chunk.kind not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"):
            continue
        stream.seek(chunk.start - 8)
        kept.append(stream.read(12 + chunk.length))
        if chunk.kind == b"IHDR":
            width, height, bits = struct.unpack(">IIB", kept[-1][8:17])
        elif chunk.kind == b"acTL":  # one more: the still picture need not be a frame of the film
            frames = max(frames, struct.unpack(">I", kept[-1][8:12])[0] + 1)
    return Container(width, height, frames, io.BytesIO(b"".join(kept)), bits=bits, turn=turn)


def _jpeg(stream: BinaryIO) -> Container:
    data = stream.read()
    kept, at, width, height, each = [data[:2]], 2, 0, 0, STILL
    turn = UPRIGHT
    while True:
        if data[at] != 0xFF:
            raise FileError("a damaged JPEG file")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xDA:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, channels = struct.unpack_from(">HHB", data, at + 5)
            each = STILL if marker < 0xC2 and channels < 4 else WHOLE_JPEG
        if marker == 0xE1 and data[at + 4 : at + 10] == EXIF:
            turn = tiff.read_orientation(data[at + 10 : at + 2 + length])
        # of what programs add, only JFIF's and Adobe's segments say something about colours
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(data[at : at + 2 + length])
        at += 2 + length
        _check_pieces(len(kept), len(data))
    if data.count(b"\xff\xda", at) > MAX_SCANS:
        raise FileError("a JPEG file of more than {} scans".format(MAX_SCANS))
    return Container(width, height, 1, io.BytesIO(b"".join([*kept, data[at:]])), each, turn=turn)


def _gif(stream: BinaryIO) -> Container:
    data = stream.read()
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, pieces = 13 + _colours(flags), 0
    kept, frames = [data[:at]], 0
    while at < len(data) and data[at] != 0x3B:
        start, control = at, data[at : at + 2] == b"!\xf9"
        if data[at] == 0x2C:
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, at + 1)
            width, height, frames = max(width, left + across), max(height, top + down), frames + 1
            at += 11 + _colours(flags)
        elif data[at] == 0x21:
            at += 2
        else:
            raise FileError("a damaged GIF file")
        while data[at]:
            at += data[at] + 1
            pieces += 1
        at += 1
        _check_pieces(pieces, len(data))
        if control or data[start] == 0x2C:  # comments and what programs add are left out
            kept.append(data[start:at])
    return Container(width, height, frames, io.BytesIO(b"".join([*kept, b";"])))


def _colours(flags: int) -> int:
    """Bytes of a colour table of a GIF."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _tiff(stream: BinaryIO) -> Container:
    pages = tiff.read_pages(stream)
    return Container(pages.width, pages.height, pages.number, stream, turn=pages.turn)


def _bmp(stream: BinaryIO) -> Container:
    head = stream.read(26)
    (length,) = struct.unpack_from("<I", head, 14)
    width, height = struct.unpack_from("<HH" if length == 12 else "<ii", head, 18)
    return Container(width, abs(height), 1, stream)


def _webp(stream: BinaryIO) -> Container:
    size = stream.seek(0, io.SEEK_END)
    at, width, height, frames, pieces, turn = 12, 0, 0, 0, 0, UPRIGHT
    while at + 8 <= size:
        stream.seek(at)
        kind, length, head = struct.unpack("<4sI10s", stream.read(18).ljust(18, b"\0"))
        across = down = 0
        if kind == b"VP8X":
            across, down = (int.from_bytes(head[i : i + 3], "little") + 1 for i in (4, 7))
        elif kind == b"VP8 ":
            across, down = (value & 0x3FFF for value in struct.unpack("<HH", head[6:10]))
        elif kind == b"VP8L":
            bits = int.from_bytes(head[1:5], "little")
            across, down = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif kind == b"EXIF":
            stream.seek(at + 8)
            data = stream.read(min(length, size))
            turn = tiff.read_orientation(data[len(EXIF) :] if data.startswith(EXIF) else data)
        width, height, frames = max(width, across), max(height, down), frames + (kind == b"ANMF")
        at += 8 + length + length % 2
        pieces += 1
        _check_pieces(pieces, size)
    return Container(width, height, max(frames, 1), stream, MOVING, turn=turn)


def _check_pieces(pieces: int, size: int) -> None:
    if pieces > MAX_PIECES + size // 64:
        raise FileError("cut into far more pieces than any program makes")


Row = Tuple[Callable[[bytes], bool], Callable[[BinaryIO], Container]]
FORMATS: Dict[str, Row] = OrderedDict(
    PNG=(lambda start: start.startswith(png_chunks.SIGNATURE), _png),
    JPEG=(lambda start: start.startswith(b"\xff\xd8\xff"), _jpeg),
    GIF=(lambda start: start[:6] in (b"GIF87a", b"GIF89a"), _gif),
    BMP=(lambda start: start.startswith(b"BM"), _bmp),
    WEBP=(lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP", _webp),
    TIFF=(lambda start: start[:4] in (b"II*\0", b"MM\0*"), _tiff),
)
