"""One array as NumPy saves it (.npy, the entries of .npz), without evaluating its header as Python.

Read are truth values, integers, floats and text; no pickles, records, dates or complex numbers.
"""

from __future__ import annotations

import re
import struct
from typing import Tuple, Union

import numpy as np

from nvlabs.errors import DamagedFile
from nvlabs.reading.arrays import check_shape, element_count
from nvlabs.reading.shown import show_shape

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
HEADER = re.compile(
    r"\{'descr': *'([<>|=]?[biufUS]\d{1,12})', *'fortran_order': *(False|True), *"
    r"'shape': *\(((?:\d{1,18}L?(?:, *|(?=\))))*)\),? *\}\s*"
)


def parse(data: Union[bytes, bytearray]) -> np.ndarray:
    """The array, over the bytes that were given: read-only over bytes, in its own type and byte order.

    Raises DamagedFile for another type, and where header, shape and bytes do not fit each other.
    """
    start, length = _header_place(data)
    header = HEADER.fullmatch(bytes(data[start : start + length]).decode("latin1"))
    if header is None or length > LONGEST_HEADER:
        raise DamagedFile("an array of numbers or text is needed, this one has another header")
    shape = tuple(int(size) for size in header.group(3).replace("L", "").replace(",", " ").split())
    check_shape(shape)
    try:
        dtype = np.dtype(header.group(1))
    except (TypeError, ValueError):  # ValueError: text of 10^12 characters
        raise DamagedFile("an array of the unknown type %s" % header.group(1)) from None
    held = len(data) - start - length
    count = element_count(shape)
    if not dtype.itemsize or held != count * dtype.itemsize:
        raise DamagedFile(
            "an array of shape %s and type %s with %d bytes" % (show_shape(shape), header.group(1), held)
        )
    flat = np.frombuffer(data, dtype, count, start + length) if count else np.zeros(0, dtype)
    return flat.reshape(shape, order="F" if header.group(2) == "True" else "C")


def _header_place(data: Union[bytes, bytearray]) -> Tuple[int, int]:
    """Where the header begins, and its length."""
    if data[:6] == MAGIC and len(data) >= 12:
        if data[6] == 1:
            return 10, struct.unpack_from("<H", data, 8)[0]
        if data[6] in (2, 3):
            return 12, struct.unpack_from("<I", data, 8)[0]
    raise DamagedFile("not an array as NumPy saves them")


def text_of(array: np.ndarray) -> str:
    """The one text in an array of text. Raises DamagedFile for another array, and for what is no text."""
    if array.dtype.kind != "U" or array.size != 1:
        raise DamagedFile("one text is needed, this is an array of shape %s" % show_shape(array.shape))
    try:
        text = str(array.reshape(())[()])
        text.encode("utf-8")
    except ValueError:  # numbers that are no characters, halves of one
        raise DamagedFile("a text that holds no characters") from None
    return text
