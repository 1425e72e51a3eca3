"""TensorFlow's checkpoint format ("tensor bundle"): `<prefix>.index`, a sorted string table of entries, and
`<prefix>.data-00000-of-00001`, the raw values.

Read as data in NumPy: names and shapes are known, and checked, before any value is loaded, and everything
is verified with the checksums in the files.
"""

from __future__ import annotations

import os
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Dict, Iterator, Tuple

import numpy as np

from ganspace_tf.biggan.crc32c import crc32c, masked
from ganspace_tf.biggan.disk import read_bytes
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.protobuf import (
    LONGEST_TEXT,
    DamagedMessage,
    fields,
    first,
    tensor_shape,
    text,
    varint,
)
from nvlabs.reading.arrays import element_count
from nvlabs.reading.budget import ENTRY, OBJECT, Budget

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER = 48  # bytes: two block handles padded to 40, then the magic number
FLOAT32 = 1  # DT_FLOAT
LONGEST_INDEX = 32 << 20  # bytes; that of a published network has 40 kB


@dataclass(frozen=True)
class Entry:
    """Where one variable lies. shape: sizes; size: bytes; crc: masked CRC-32C of the bytes."""

    dtype: int
    shape: Tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int
    sliced: bool


class Checkpoint:
    """The variables of a checkpoint. `entries`: name → Entry, sorted by name.

    prefix: path without ".index". budget: charged for the index and for every value that is read. Raises
    BigGANFileError for files that are missing, damaged or of another format.
    """

    def __init__(self, prefix: str, budget: Budget) -> None:
        self.prefix, self._budget = prefix, budget
        self.index = prefix + ".index"
        data = read_bytes(self.index, budget, LONGEST_INDEX)
        try:
            self.entries, self.shards = _read_index(memoryview(data), budget)
        except DamagedMessage as error:
            raise BigGANFileError(
                "{}: not a TensorFlow checkpoint index ({})".format(self.index, error)
            ) from None

    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """name → shape of all variables, nothing of the values is read."""
        return OrderedDict((name, entry.shape) for name, entry in self.entries.items())

    def read(self, name: str) -> np.ndarray:
        """The value of one float32 variable. Raises BigGANFileError if it is of another type, cut or
        changed."""
        entry = self.entries[name]
        path = "{}.data-{:05d}-of-{:05d}".format(self.prefix, entry.shard, self.shards)
        size = 4 * element_count(entry.shape)
        if entry.dtype != FLOAT32 or entry.sliced or entry.size != size:
            raise BigGANFileError("{}: variable {} is not one whole float32 array".format(self.index, name))
        try:
            with open(path, "rb") as file:
                if entry.offset + size > os.fstat(file.fileno()).st_size:
                    raise BigGANFileError("{}: ends before variable {} does".format(path, name))
                self._budget.spend(size)
                file.seek(entry.offset)
                data = np.fromfile(file, np.uint8, size)
        except OSError as error:
            raise BigGANFileError("{}: cannot be read ({})".format(path, error.strerror)) from None
        if len(data) != size or masked(crc32c(data)) != entry.crc:
            raise BigGANFileError("{}: damaged, the checksum of variable {} is wrong".format(path, name))
        return data.view("<f4").reshape(entry.shape).astype(np.float32, copy=False)


def _read_index(data: memoryview, budget: Budget) -> Tuple[Dict[str, Entry], int]:
    """(entries, number of data files)."""
    if len(data) < FOOTER or struct.unpack("<Q", data[-8:])[0] != TABLE_MAGIC:
        raise DamagedMessage("no string table ends here")
    at = 0
    handles = []
    for _ in range(4):  # offset and size of the metaindex block, then of the index block
        value, at = varint(data[-FOOTER:], at)
        handles.append(value)
    entries: Dict[str, Entry] = OrderedDict()
    shards, free = 1, 0
    for _, handle in _block(data, handles[2], handles[3], budget):
        offset, at = varint(handle, 0)
        size, _ = varint(handle, at)
        if offset < free:  # every block would be read as often as it is pointed to
            raise DamagedMessage("its blocks are not one after the other")
        free = offset + size
        for key, entry in _block(data, offset, size, budget):
            if key:
                budget.spend(ENTRY + 8 * OBJECT)
                entries[text(key)] = _entry(entry, budget)
            else:
                shards = _header(entry, budget)
    return entries, shards


def _block(data: memoryview, offset: int, size: int, budget: Budget) -> Iterator[Tuple[bytes, memoryview]]:
    """(key, value) pairs of one block of the table; keys share their beginnings with the key before."""
    if offset + size + 5 > len(data):
        raise DamagedMessage("a block runs past the end")
    block = data[offset : offset + size]
    kind, crc = struct.unpack("<BI", data[offset + size : offset + size + 5])
    if kind != 0:
        raise DamagedMessage("compressed")
    if masked(crc32c(np.frombuffer(data[offset : offset + size + 1], np.uint8))) != crc:
        raise DamagedMessage("damaged, the checksum of a block is wrong")
    if size < 4:
        raise DamagedMessage("an empty block")
    end = size - 4 * (1 + struct.unpack("<I", block[-4:])[0])
    at, key = 0, b""
    while at < end:
        shared, at = varint(block, at)
        more, at = varint(block, at)
        length, at = varint(block, at)
        if shared > len(key) or at + more + length > size:
            raise DamagedMessage("an entry runs past its block")
        if shared + more > LONGEST_TEXT:
            raise DamagedMessage("a name of {} bytes".format(shared + more))
        budget.spend(OBJECT + shared + more)
        key = key[:shared] + bytes(block[at : at + more])
        yield key, block[at + more : at + more + length]
        at += more + length


def _header(data: memoryview, budget: Budget) -> int:
    """Number of data files; refuses big-endian values."""
    values = dict(_integers(data, budget))
    if values.get(2, 0) != 0:
        raise DamagedMessage("big-endian")
    return values.get(1, 0)


def _entry(data: memoryview, budget: Budget) -> Entry:
    """One BundleEntryProto."""
    values = dict(_integers(data, budget))
    return Entry(
        dtype=values.get(1, 0),
        shape=tensor_shape(first(data, 2, budget), budget),
        shard=values.get(3, 0),
        offset=values.get(4, 0),
        size=values.get(5, 0),
        crc=values.get(6, 0),
        sliced=any(field == 7 for field, _ in fields(data, budget)),
    )


def _integers(data: memoryview, budget: Budget) -> Iterator[Tuple[int, int]]:
    return ((field, value) for field, value in fields(data, budget) if isinstance(value, int) and field < 8)
