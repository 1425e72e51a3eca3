"""The two containers of torch.save: a zip archive (PyTorch 1.6 and newer) and pickles followed by raw bytes
(older).

Each gives the value that was saved, with StorageNode and TensorNode in it, and the bytes of a storage on
request. machine: the names that its pickle may use.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, Dict, List, Type

from nvlabs.errors import DamagedFile, UnsupportedNetwork
from nvlabs.reading.budget import ENTRY, Budget
from nvlabs.reading.shown import show
from nvlabs.reading.torch_machine import StorageNode, TorchMachine
from nvlabs.reading.torch_tensors import item_width
from nvlabs.reading.zips import Data, ZipReader

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LEGACY_START = b"\x80\x02\x8a\x0a" + LEGACY_MAGIC.to_bytes(10, "little")  # its pickle
MAX_PICKLE = 1 << 28  # bytes of the pickle part, which holds names and shapes alone
AGAIN = "; copy or download it again"


class ZipContainer:
    """An archive with `<name>/data.pkl` and `<name>/data/<key>`, not compressed."""

    def __init__(
        self, stream: BinaryIO, size: int, budget: Budget, machine: Type[TorchMachine] = TorchMachine
    ) -> None:
        self._archive = ZipReader(stream, size, budget)
        pickles = [name for name in self._archive.entries if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise DamagedFile("is a zip archive without the data.pkl of a PyTorch checkpoint")
        self._folder = pickles[0][: -len("data.pkl")]
        order = self._folder + "byteorder"
        big = order in self._archive.entries and self._archive.read(order, MAX_PICKLE) == b"big"
        self.order = ">" if big else "<"
        data = self._archive.read(pickles[0], MAX_PICKLE)
        self._machine = machine(io.BytesIO(data), len(data), budget)
        self.value = self._machine.run()

    def read(self, key: str) -> Data:
        """The bytes of a storage that the value refers to."""
        name = self._folder + "data/" + key
        if name not in self._archive.entries:
            raise DamagedFile("lacks the tensor storage %s" % show(key) + AGAIN)
        return self._archive.read(name, _bytes(self._machine.storages[key]))


class LegacyContainer:
    """Five pickles, then a count of elements and the raw bytes of each storage.

    The pickles: a magic number, the protocol, facts of the system that wrote it, the value, the keys of the
    storages.
    """

    def __init__(
        self, stream: BinaryIO, size: int, budget: Budget, machine: Type[TorchMachine] = TorchMachine
    ) -> None:
        self._stream, self._size, self._budget, self._new_machine = stream, size, budget, machine
        budget.spend(size)
        magic = self._next().run()
        if type(magic) is not int or magic != LEGACY_MAGIC:
            raise DamagedFile("is not a PyTorch checkpoint")
        protocol = self._next().run()
        if type(protocol) is not int or protocol != LEGACY_PROTOCOL:
            raise UnsupportedNetwork("a PyTorch checkpoint of protocol %s; 1001 is known" % show(protocol))
        facts = self._next().run()
        self.order = ">" if isinstance(facts, dict) and facts.get("little_endian") is False else "<"
        holder = self._next()
        self.value = holder.run()
        self._storages = holder.storages
        keys = self._next().run()
        if not isinstance(keys, list) or not all(type(key) in (str, int) for key in keys):
            raise DamagedFile("has no list of tensor storages")
        self._places = self._find(keys)

    def read(self, key: str) -> bytes:
        """The bytes of a storage that the value refers to."""
        if key not in self._places:
            raise DamagedFile("lacks the tensor storage %s" % show(key) + AGAIN)
        self._stream.seek(self._places[key])
        return self._stream.read(_bytes(self._storages[key]))

    def _next(self) -> TorchMachine:
        return self._new_machine(self._stream, self._size - self._stream.tell(), self._budget)

    def _find(self, keys: List) -> Dict[str, int]:
        """Where the bytes of each storage begin: the count of its elements stands before them."""
        places: Dict[str, int] = {}
        at = self._stream.tell()
        for key in map(str, keys):
            self._budget.spend(ENTRY)
            if key not in self._storages or key in places:
                raise DamagedFile("has a tensor storage %s twice, or without a tensor" % show(key))
            self._stream.seek(at)
            head = self._stream.read(8)
            places[key] = at + 8
            at = places[key] + _bytes(self._storages[key])
            if at > self._size:
                raise DamagedFile("ends at byte %d of %d" % (self._size, at) + AGAIN)
            if struct.unpack("<q", head)[0] != self._storages[key].count:
                raise DamagedFile("has a tensor storage %s of another size than its tensors say" % show(key))
        return places


def _bytes(storage: StorageNode) -> int:
    return storage.count * item_width(storage.code)
