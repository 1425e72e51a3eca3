"""Writes checkpoints as torch.save does, without PyTorch, for tests: both containers, from NumPy arrays.

write_zip(path, value), write_legacy(path, value): value is made of dictionaries, lists, plain values, arrays.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

STORAGES = {
    "f4": "FloatStorage",
    "f8": "DoubleStorage",
    "f2": "HalfStorage",
    "i8": "LongStorage",
    "i4": "IntStorage",
    "u1": "ByteStorage",
    "b1": "BoolStorage",
}


class Global:
    """A name that pickle writes as a global of a module that need not exist here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Tensor:
    """A view of a storage: what `_rebuild_tensor_v2` is called with. flags: its metadata, if it has any."""

    def __init__(self, storage, offset, size, stride, flags=None):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride
        self.flags = () if flags is None else (flags,)


class Storage:
    """A flat array under a key; code overrides the storage class that its type calls for."""

    def __init__(self, array, key=None, class_name=None):
        self.array, self.key = array, key
        self.class_name = class_name or STORAGES[array.dtype.str[1:]]


class Writer(pickle._Pickler):
    """The pickler of torch.save, protocol 2: arrays become tensors, each with a storage of its own."""

    def __init__(self, stream, legacy):
        super().__init__(stream, 2)
        self.storages, self.legacy = OrderedDict(), legacy

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        if obj.key is None:
            obj.key = str(len(self.storages))
        self.storages[obj.key] = obj.array
        pid = ("storage", Global("torch", obj.class_name), obj.key, "cpu", obj.array.size)
        return pid + (None,) if self.legacy else pid

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Global):
            self.write(b"c%s\n%s\n" % (obj.module.encode(), obj.name.encode()))
        elif isinstance(obj, np.ndarray):
            strides = tuple(step // obj.itemsize for step in np.empty(obj.shape, obj.dtype).strides)
            self.save(Tensor(Storage(obj.ravel()), 0, obj.shape, strides))
        elif isinstance(obj, Tensor):
            self.save(Global("torch._utils", "_rebuild_tensor_v2"))
            self.save((obj.storage, obj.offset, obj.size, obj.stride, False, OrderedDict()) + obj.flags)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def write_zip(path, value, compression=zipfile.ZIP_STORED, byteorder="little"):
    """The container of PyTorch 1.6 and newer."""
    stream = io.BytesIO()
    writer = Writer(stream, legacy=False)
    writer.dump(value)
    order = ">" if byteorder == "big" else "<"
    with zipfile.ZipFile(str(path), "w", compression) as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/byteorder", byteorder)
        for key, array in writer.storages.items():
            archive.writestr("archive/data/" + key, array.astype(array.dtype.newbyteorder(order)).tobytes())
        archive.writestr("archive/version", "3\n")
    return path


def write_legacy(path, value, protocol=1001):
    """The row of pickles before it."""
    stream = io.BytesIO()
    for part in (0x1950A86A20F9469CFC6C, protocol, {"protocol_version": protocol, "little_endian": True}):
        pickle.dump(part, stream, 2)
    writer = Writer(stream, legacy=True)
    writer.dump(value)
    pickle.dump(sorted(writer.storages), stream, 2)
    for key in sorted(writer.storages):
        stream.write(struct.pack("<q", writer.storages[key].size) + writer.storages[key].tobytes())
    path.write_bytes(stream.getvalue())
    return path
