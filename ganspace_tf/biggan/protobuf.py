"""The wire format of protocol buffers: a message as a stream of (field number, value). Enough to read
checkpoints and graph files as data, without TensorFlow and without generated classes."""

from __future__ import annotations

import struct
from typing import Iterator, List, Tuple, Union

from nvlabs.reading.budget import DICTIONARY, OBJECT, Budget

Value = Union[int, memoryview]
FIELD = OBJECT  # what going through one field costs: a number, or a view of the bytes
LONGEST_TEXT = 4096  # bytes of the name of a node or a variable
MAX_AXES, LARGEST_SIZE = 32, 1 << 40


class DamagedMessage(Exception):  # noqa: N818 - named for the cause
    """The bytes are not a protocol buffer message; the caller adds which file they came from."""


def varint(data: memoryview, at: int) -> Tuple[int, int]:
    """(value, position behind it) of the variable-length integer at `at`."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DamagedMessage("a number runs past the end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: memoryview, budget: Budget) -> Iterator[Tuple[int, Value]]:
    """Every field of a message in order: a varint or a fixed-width field as an int, a length-delimited one
    as a memoryview. Each is charged, so that a file is not gone through without end. Raises DamagedMessage.
    """
    at = 0
    while at < len(data):
        budget.spend(FIELD)
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
            yield number, value
            continue
        if kind == 2:
            size, at = varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise DamagedMessage("wire type {} is not in use".format(kind))
        if at + size > len(data):
            raise DamagedMessage("a field runs past the end")
        part, at = data[at : at + size], at + size
        yield number, part if kind == 2 else struct.unpack("<Q" if kind == 1 else "<I", part)[0]


def parts(data: memoryview, number: int, budget: Budget) -> Iterator[memoryview]:
    """The length-delimited fields of that number, one after the other."""
    for field, value in fields(data, budget):
        if field == number and isinstance(value, memoryview):
            yield value


def children(data: memoryview, number: int, budget: Budget) -> List[memoryview]:
    """All length-delimited fields of that number."""
    found = []
    for value in parts(data, number, budget):
        budget.spend(DICTIONARY)
        found.append(value)
    return found


def first(data: memoryview, number: int, budget: Budget) -> memoryview:
    """The first length-delimited field of that number; empty if there is none."""
    return next(parts(data, number, budget), memoryview(b""))


def text(data: Union[bytes, memoryview]) -> str:
    """A string field; bytes that are not UTF-8 are kept visible. Raises DamagedMessage for a long one."""
    if len(data) > LONGEST_TEXT:
        raise DamagedMessage("a name of {} bytes".format(len(data)))
    return bytes(data).decode("utf-8", "backslashreplace")


def tensor_shape(data: memoryview, budget: Budget) -> Tuple[int, ...]:
    """Sizes of a TensorShapeProto: field 2 holds the dimensions, their field 1 the size (0 is left out).

    Raises DamagedMessage for more axes than an array can have, and for sizes that are not known (-1) or that
    no array has.
    """
    sizes: List[int] = []
    for dimension in parts(data, 2, budget):
        size = sum(
            value for field, value in fields(dimension, budget) if field == 1 and isinstance(value, int)
        )
        if len(sizes) == MAX_AXES or size > LARGEST_SIZE:
            raise DamagedMessage("a shape that no array has")
        sizes.append(size)
    return tuple(sizes)
