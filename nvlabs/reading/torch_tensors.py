"""Tensors of a checkpoint as NumPy arrays: the bytes of a storage, seen through offset, size and stride."""

from __future__ import annotations

from typing import Any, Callable, Dict

import numpy as np

from nvlabs.errors import DamagedFile
from nvlabs.reading.budget import Budget
from nvlabs.reading.torch_machine import StateNode, StorageNode, TensorNode

BFLOAT16 = "bf2"  # the upper half of a float32, a type that NumPy lacks
MAX_DEPTH = 50  # of dictionaries and lists in one another
ITEM_COST = 64  # bytes that an entry of a list or dictionary is counted as


def item_width(code: str) -> int:
    """Bytes of one element of a storage type code."""
    return int(code[-1])


class ArrayReader:
    """Makes plain values of what a container holds.

    read: the bytes of a storage by its key; each storage is read once. order: "<" or ">", the byte order of
    the file. budget: what may be produced in all, so that tensors that share storages cannot multiply them
    without end.
    """

    def __init__(self, read: Callable[[str], bytes], order: str, budget: Budget) -> None:
        self._read = read
        self._order = order
        self._budget = budget
        self._storages: Dict[str, np.ndarray] = {}

    def plain(self, value: Any, depth: int = 0) -> Any:
        """The value with every TensorNode an array (native byte order, C order) and every StateNode a
        dictionary.
        """
        if depth > MAX_DEPTH:
            raise DamagedFile("nests more than %d levels deep, which no checkpoint does" % MAX_DEPTH)
        if isinstance(value, TensorNode):
            return self._array(value)
        if isinstance(value, StateNode):
            value = value.state
        if isinstance(value, dict):
            self._budget.spend(ITEM_COST * len(value))
            return {key: self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            self._budget.spend(ITEM_COST * len(value))
            return type(value)(self.plain(item, depth + 1) for item in value)
        return value

    def _array(self, node: TensorNode) -> np.ndarray:
        storage = self._storage(node.storage)
        count = 1
        for size in node.size:
            count *= size
        last = node.offset + sum((n - 1) * step for n, step in zip(node.size, node.stride))
        if count > storage.size or (count and last >= storage.size):
            raise DamagedFile("has a tensor of shape %s that reaches beyond its storage" % (node.size,))
        self._budget.spend(count * storage.itemsize)
        if count == 0:
            return np.empty(node.size, storage.dtype)
        steps = [step * storage.itemsize for step in node.stride]
        view = np.lib.stride_tricks.as_strided(storage[node.offset :], node.size, steps, writeable=False)
        return np.array(view, order="C")

    def _storage(self, node: StorageNode) -> np.ndarray:
        if node.key not in self._storages:
            self._storages[node.key] = self._load(node)
        values = self._storages[node.key][node.start : node.start + node.count]
        if values.size < node.count:
            raise DamagedFile("has a tensor storage %r that is too short" % node.key)
        return values

    def _load(self, node: StorageNode) -> np.ndarray:
        data = self._read(node.key)
        if len(data) % item_width(node.code):
            raise DamagedFile("has a tensor storage %r that ends within a number" % node.key)
        code = "u2" if node.code == BFLOAT16 else node.code
        values = np.frombuffer(data, np.dtype(self._order + code))
        if node.code == BFLOAT16:
            return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return values.astype(values.dtype.newbyteorder("="), copy=False)
