"""The directories of a TIFF file (TIFF 6.0, section 2): sizes of its pages, and whether its values fit in it.

Every value is a pointer into the file, so that a thousand of them can share the same megabytes; Pillow makes
a copy of each. In an honest file they lie beside each other and are together no longer than the file.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, Dict, List, NamedTuple, Set, Tuple

from ganspace_tf.errors import FileError

WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes by type
WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT = 256, 257, 322, 323
ORIENTATION, UPRIGHT = 274, 1
FURTHER = (330, 34665, 34853, 40965)  # tags that point to directories: of other pages, Exif, GPS, Exif's own
MAX_DIRECTORIES = 10_000


class Pages(NamedTuple):
    """width, height: of the largest page. number: of pages. turn: orientation of the first, 1 to 8."""

    width: int
    height: int
    number: int
    turn: int


def read_pages(stream: BinaryIO) -> Pages:
    """What the pages of a file are.

    Raises FileError, without the name of the file, for what cannot be right; struct.error where it ends.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(8)
    order = "<" if head[:2] == b"II" else ">"
    page, left = struct.unpack(order + "4xI", head)[0], size
    width = height = 0
    seen: Set[int] = set()
    pages, turn = 0, UPRIGHT
    places = [(page, True)]
    while places:
        at, is_page = places.pop()
        if at == 0 or at in seen:
            continue
        seen.add(at)
        if len(seen) > MAX_DIRECTORIES:
            raise FileError("a TIFF file of more than {} directories".format(MAX_DIRECTORIES))
        numbers, pointers, following, used = _directory(stream, at, order)
        left -= used
        if left < 0:
            raise FileError("a TIFF file whose values are longer than the file")
        places += [(pointer, False) for pointer in pointers]
        if is_page:
            turn = turn if pages else _turn(numbers)
            pages += 1
            width = max([width] + [numbers.get(tag, 0) for tag in (WIDTH, TILE_WIDTH)])
            height = max([height] + [numbers.get(tag, 0) for tag in (HEIGHT, TILE_HEIGHT)])
            places.append((following, True))
    return Pages(width, height, pages, turn)


def read_orientation(exif: bytes) -> int:
    """The orientation that an Exif block (a TIFF file without pixels) states, 1 to 8: how its first row and
    column lie. 1, upright, where it says none or is damaged.
    """
    stream = io.BytesIO(exif)
    order = "<" if exif[:2] == b"II" else ">"
    try:
        numbers = _directory(stream, struct.unpack(order + "4xI", stream.read(8))[0], order)[0]
    except struct.error:
        return UPRIGHT
    return _turn(numbers)


def _turn(numbers: Dict[int, int]) -> int:
    turn = numbers.get(ORIENTATION, UPRIGHT)
    return turn if 1 <= turn <= 8 else UPRIGHT


def _directory(stream: BinaryIO, at: int, order: str) -> Tuple[Dict[int, int], List[int], int, int]:
    """Of one directory: its single numbers by tag, the directories it points to, the place of the next page,
    and how many bytes its entries and their values are.
    """
    stream.seek(at)
    (count,) = struct.unpack(order + "H", stream.read(2))
    entries, used = stream.read(12 * count), 12 * count
    (following,) = struct.unpack(order + "I", stream.read(4).ljust(4, b"\0"))
    numbers: Dict[int, int] = {}
    pointers: List[int] = []
    for start in range(0, 12 * count, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", entries, start)
        length = values * WIDTHS.get(kind, 1)
        used += length if length > 4 else 0
        if kind in (3, 4, 13) and values == 1:
            numbers[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), entries, start + 8)[0]
            if tag in FURTHER:
                pointers.append(numbers[tag])
    return numbers, pointers, following, used
