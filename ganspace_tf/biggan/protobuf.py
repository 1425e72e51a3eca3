"""The wire format of protocol buffers: a message as a stream of (field number, value). Enough to read
checkpoints and graph files as data, without TensorFlow and without generated classes."""

from __future__ import annotations

import struct
from typing import Iterator, List, Tuple, Union

Value = Union[int, memoryview]


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


def fields(data: memoryview) -> Iterator[Tuple[int, Value]]:
    """Every field of a message in order: a varint or a fixed-width field as an int, a length-delimited one
    as a memoryview. Raises DamagedMessage."""
    at = 0
    while at < len(data):
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


def children(data: memoryview, number: int) -> List[memoryview]:
    """All length-delimited fields of that number."""
    return [value for field, value in fields(data) if field == number and isinstance(value, memoryview)]


def text(data: Union[bytes, memoryview]) -> str:
    """A string field; bytes that are not UTF-8 are kept visible."""
    return bytes(data).decode("utf-8", "backslashreplace")


def tensor_shape(data: memoryview) -> Tuple[int, ...]:
    """Sizes of a TensorShapeProto: field 2 holds the dimensions, their field 1 the size (0 is left out)."""
    return tuple(
        sum(value for field, value in fields(dimension) if field == 1 and isinstance(value, int))
        for dimension in children(data, 2)
    )
