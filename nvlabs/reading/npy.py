"""One array as NumPy saves it (.npy, the entries of .npz), without evaluating its header as Python.

Read are truth values, integers, floats and text; no pickles, records, dates or complex numbers.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple, Tuple, Union

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

BARE = re.compile(r"\{'descr': *'[<>|=]?V\d{1,12}'")  # bytes without a kind


class Header(NamedTuple):
    """What stands before the bytes of an array. descr: type code with byte order; start: of the bytes."""

    descr: str
    fortran: bool
    shape: Tuple[int, ...]
    start: int


def read_header(data: Union[bytes, bytearray]) -> Header:
    """The header of an array. Raises DamagedFile for what is none, and for other types."""
    start, length = header_place(data)
    text = bytes(data[start : start + min(length, LONGEST_HEADER)]).decode("latin1")
    found = HEADER.fullmatch(text)
    if found is None and BARE.match(text):
        raise DamagedFile(
            "numbers whose kind NumPy does not write down, such as bfloat16; save them as float32 or float16"
        )
    if found is None:
        raise DamagedFile("not an array of numbers or text, as NumPy saves them")
    shape = tuple(int(size) for size in found.group(3).replace("L", "").replace(",", " ").split())
    check_shape(shape)
    return Header(found.group(1), found.group(2) == "True", shape, start + length)


def header_place(data: Union[bytes, bytearray]) -> Tuple[int, int]:
    """Where the text of the header begins, and its length."""
    if data[:6] == MAGIC and len(data) >= 12:
        if data[6] == 1:
            return 10, struct.unpack_from("<H", data, 8)[0]
        if data[6] in (2, 3):
            return 12, struct.unpack_from("<I", data, 8)[0]
    raise DamagedFile("not an array as NumPy saves them")


def parse(data: Union[bytes, bytearray]) -> np.ndarray:
    """The array, over the bytes that were given: read-only over bytes, in its own type and byte order.

    Raises DamagedFile for another type, and where header, shape and bytes do not fit each other.
    """
    header = read_header(data)
    try:
        dtype = np.dtype(header.descr)
    except (TypeError, ValueError):  # ValueError: text of 10^12 characters
        raise DamagedFile("an array of the unknown type %s" % header.descr) from None
    held, count = len(data) - header.start, element_count(header.shape)
    if not dtype.itemsize or held != count * dtype.itemsize:
        message = "an array of shape %s and type %s with %d bytes"
        raise DamagedFile(message % (show_shape(header.shape), header.descr, held))
    flat = np.frombuffer(data, dtype, count, header.start) if count else np.zeros(0, dtype)
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


def text_of(array: np.ndarray) -> str:
    """The one text in an array of text. Raises DamagedFile for another array, and for what is no text."""
    if array.dtype.kind != "U" or array.size != 1:
        raise DamagedFile("one text is needed, this is an array of shape %s" % show_shape(array.shape))
    codes = np.frombuffer(array.tobytes(), np.dtype("u4").newbyteorder(array.dtype.byteorder))
    if (codes > 0x10FFFF).any() or ((codes >= 0xD800) & (codes < 0xE000)).any():
        raise DamagedFile("a text with numbers that stand for no characters")
    return str(array.reshape(())[()])
