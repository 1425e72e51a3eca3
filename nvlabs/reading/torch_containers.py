"""The two containers of torch.save: a zip archive (PyTorch 1.6 and newer) and pickles followed by raw bytes
(older).

Each gives the value that was saved, with StorageNode and TensorNode in it, and the bytes of a storage on
request.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import BinaryIO, Dict, List

from nvlabs.errors import DamagedFile, UnsupportedNetwork
from nvlabs.reading.budget import Budget
from nvlabs.reading.torch_machine import StorageNode, TorchMachine
from nvlabs.reading.torch_tensors import item_width

ZIP_MAGIC = b"PK\x03\x04"
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LEGACY_START = b"\x80\x02\x8a\x0a" + LEGACY_MAGIC.to_bytes(10, "little")  # its pickle
MAX_PICKLE = 1 << 28  # bytes of the pickle part, which holds names and shapes alone


class ZipContainer:
    """An archive with `<name>/data.pkl` and `<name>/data/<key>`, not compressed."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        try:
            self._archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise DamagedFile("is a damaged zip archive (%s); copy or download it again" % error) from None
        self._entries = {info.filename: info for info in self._archive.infolist()}
        pickles = [name for name in self._entries if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise DamagedFile("is a zip archive without the data.pkl of a PyTorch checkpoint")
        self._folder = pickles[0][: -len("data.pkl")]
        order = self._folder + "byteorder"
        self.order = ">" if order in self._entries and self._entry(order, MAX_PICKLE) == b"big" else "<"
        data = self._entry(pickles[0], MAX_PICKLE)
        self._machine = TorchMachine(io.BytesIO(data), len(data), Budget(4 * len(data) + 65536))
        self.value = self._machine.run()

    def read(self, key: str) -> bytes:
        """The bytes of a storage that the value refers to."""
        name = self._folder + "data/" + key
        if name not in self._entries:
            raise DamagedFile("lacks the tensor storage %r; copy or download it again" % key)
        return self._entry(name, _bytes(self._machine.storages[key]))

    def _entry(self, name: str, limit: int) -> bytes:
        info = self._entries[name]
        if info.compress_type != zipfile.ZIP_STORED or info.file_size > limit:
            raise DamagedFile("has an entry %r that is compressed or too long" % name)
        try:
            return self._archive.read(info)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise DamagedFile("is damaged: %s; copy or download it again" % error) from None


class LegacyContainer:
    """Five pickles, then a count of elements and the raw bytes of each storage.

    The pickles: a magic number, the protocol, facts of the system that wrote it, the value, the keys of the
    storages.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size
        if self._next().run() != LEGACY_MAGIC:
            raise DamagedFile("is not a PyTorch checkpoint")
        protocol = self._next().run()
        if protocol != LEGACY_PROTOCOL:
            raise UnsupportedNetwork("a PyTorch checkpoint of protocol %r; 1001 is known" % (protocol,))
        facts = self._next().run()
        self.order = ">" if isinstance(facts, dict) and facts.get("little_endian") is False else "<"
        machine = self._next()
        self.value = machine.run()
        self._storages = machine.storages
        keys = self._next().run()
        if not isinstance(keys, list) or not all(type(key) in (str, int) for key in keys):
            raise DamagedFile("has no list of tensor storages")
        self._places = self._find([str(key) for key in keys])

    def read(self, key: str) -> bytes:
        """The bytes of a storage that the value refers to."""
        if key not in self._places:
            raise DamagedFile("lacks the tensor storage %r; copy or download it again" % key)
        self._stream.seek(self._places[key])
        return self._stream.read(_bytes(self._storages[key]))

    def _next(self) -> TorchMachine:
        left = self._size - self._stream.tell()
        return TorchMachine(self._stream, left, Budget(4 * self._size + 65536))

    def _find(self, keys: List[str]) -> Dict[str, int]:
        """Where the bytes of each storage begin: the count of its elements stands before them."""
        places, at = {}, self._stream.tell()
        for key in keys:
            if key not in self._storages:
                raise DamagedFile("has a tensor storage %r that nothing refers to" % key)
            self._stream.seek(at)
            head = self._stream.read(8)
            places[key] = at + 8
            at = places[key] + _bytes(self._storages[key])
            if at > self._size:
                raise DamagedFile("ends at byte %d of %d; copy or download it again" % (self._size, at))
            if struct.unpack("<q", head)[0] != self._storages[key].count:
                raise DamagedFile("has a tensor storage %r of another size than its tensors say" % key)
        return places


def _bytes(storage: StorageNode) -> int:
    return storage.count * item_width(storage.code)
