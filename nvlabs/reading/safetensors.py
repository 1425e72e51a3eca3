"""Safetensors files: a JSON header that says name, type, shape and place of every tensor, then their bytes.

Format: https://github.com/huggingface/safetensors#format. The order of the header is not that of the bytes
(writers sort the bytes by type and name), so tensors are found by their offsets; these have to cover the rest
of the file without gaps and without sharing a byte.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from typing import Any, BinaryIO, Dict, List, Tuple

import numpy as np

from nvlabs.errors import DamagedFile, VariableMismatch
from nvlabs.reading.arrays import check_shape, element_count
from nvlabs.reading.budget import Budget
from nvlabs.reading.json_text import parse
from nvlabs.reading.shown import show

LONGEST_HEADER = 25 << 20  # a tenth of a million tensors; the format's own limit is 100 MB
METADATA = "__metadata__"
BFLOAT16 = "BF16"  # the upper half of a float32, a type that NumPy lacks
TYPES = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    BFLOAT16: "u2",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U64": "u8",
    "U32": "u4",
    "U16": "u2",
    "U8": "u1",
    "BOOL": "b1",
}
Place = Tuple[int, int, str]  # first byte, behind the last byte, name


def is_safetensors(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `head` (9 bytes or more) can be one."""
    return len(head) > 8 and head[8:9] == b"{" and 2 <= struct.unpack("<Q", head[:8])[0] <= size - 8


def read_safetensors(stream: BinaryIO, size: int, budget: Budget) -> "OrderedDict[str, np.ndarray]":
    """The tensors by name, in the order of their bytes: C-contiguous, native byte order, bfloat16 as float32.

    Raises DamagedFile where header and bytes do not fit each other, VariableMismatch for a type that NumPy
    lacks.
    """
    head = stream.read(8)
    length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
    if not 2 <= length <= min(size - 8, LONGEST_HEADER):
        raise DamagedFile("a safetensors file whose header is too long or cut off; copy or download it again")
    budget.spend(length)
    header = parse(stream.read(length), budget)
    if not isinstance(header, dict):
        raise DamagedFile("a safetensors file whose header is %s" % show(header))
    header.pop(METADATA, None)
    tensors: "OrderedDict[str, np.ndarray]" = OrderedDict()
    for start, stop, name in _places(header, size - 8 - length):
        budget.spend(stop - start)
        data = stream.read(stop - start)
        if len(data) != stop - start:
            raise DamagedFile("a safetensors file that ends too early; copy or download it again")
        tensors[name] = _array(name, header[name], data, budget)
    return tensors


def _places(header: Dict[str, Any], held: int) -> List[Place]:
    """Where each tensor lies, in the order of the bytes."""
    places: List[Place] = []
    for name, entry in header.items():
        offsets: Any = entry.get("data_offsets") if isinstance(entry, dict) else None
        start, stop = offsets if _whole_numbers(offsets) and len(offsets) == 2 else (1, 0)
        if start > stop:
            raise DamagedFile("a safetensors file without a proper place for %s" % show(name))
        places.append((start, stop, name))
    places.sort()
    free = 0
    for start, stop, name in places:
        if start != free:
            raise DamagedFile("a safetensors file with a gap or an overlap before %s" % show(name))
        free = stop
    if free != held:
        raise DamagedFile(
            "a safetensors file whose tensors take %d bytes, where it holds %d; copy or download it again"
            % (free, held)
        )
    return places


def _array(name: str, entry: Dict[str, Any], data: bytes, budget: Budget) -> np.ndarray:
    kind: Any = entry.get("dtype")
    sizes: Any = entry.get("shape")
    if not isinstance(kind, str) or not _whole_numbers(sizes):
        raise DamagedFile("a safetensors file without type and shape for %s" % show(name))
    if kind not in TYPES:
        raise VariableMismatch(
            "the tensor %s has the type %s, which is not read here" % (show(name), show(kind))
        )
    shape, dtype = tuple(sizes), np.dtype("<" + TYPES[kind])
    check_shape(shape)
    if element_count(shape) * dtype.itemsize != len(data):
        raise DamagedFile("a safetensors file whose %s does not have the size of its shape" % show(name))
    array = np.frombuffer(data, dtype).reshape(shape)
    if kind == BFLOAT16:
        budget.spend(4 * array.size)
        return (array.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _whole_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**62 for value in values)
