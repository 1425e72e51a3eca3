"""The directories of a TIFF file (TIFF 6.0, section 2): sizes of its pages, and whether its values fit in it.

Every value is a pointer into the file, so that a thousand of them can share the same megabytes; Pillow makes
a copy of each. In an honest file they lie beside each other and are together no longer than the file.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, Dict, List, Set, Tuple

from ganspace_tf.errors import FileError

WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}  # bytes by type
WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT = 256, 257, 322, 323
FURTHER = (330, 34665, 34853, 40965)  # tags that point to directories: of other pages, Exif, GPS, Exif's own
MAX_DIRECTORIES = 10_000


def read_pages(stream: BinaryIO) -> Tuple[int, int, int]:
    """Width and height of the largest page, and the number of pages.

    Raises FileError, without the name of the file, for what cannot be right; struct.error where it ends.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(8)
    order = "<" if head[:2] == b"II" else ">"
    page, left = struct.unpack(order + "4xI", head)[0], size
    width = height = 0
    seen: Set[int] = set()
    pages = 0
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
            pages += 1
            width = max([width] + [numbers.get(tag, 0) for tag in (WIDTH, TILE_WIDTH)])
            height = max([height] + [numbers.get(tag, 0) for tag in (HEIGHT, TILE_HEIGHT)])
            places.append((following, True))
    return width, height, pages


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
