"""Tensors of a checkpoint as NumPy arrays: the bytes of a storage, seen through offset, size and stride."""

from __future__ import annotations

from typing import Any, Callable, Dict

import numpy as np

from nvlabs.errors import DamagedFile
from nvlabs.reading.arrays import check_shape, element_count
from nvlabs.reading.budget import DICTIONARY, ENTRY, OBJECT, Budget
from nvlabs.reading.shown import show, show_shape
from nvlabs.reading.torch_machine import StateNode, StorageNode, TensorNode
from nvlabs.reading.zips import Data

BFLOAT16 = "bf2"  # the upper half of a float32, a type that NumPy lacks
MAX_DEPTH = 50  # of dictionaries and lists in one another


def item_width(code: str) -> int:
    """Bytes of one element of a storage type code."""
    return int(code[-1])


class ArrayReader:
    """Makes plain values of what a container holds.

    read: the bytes of a storage by its key; each storage is read once. order: "<" or ">", the byte order of
    the file. budget: what may be produced in all, so that tensors that share storages cannot multiply them
    without end.
    """

    def __init__(self, read: Callable[[str], Data], order: str, budget: Budget) -> None:
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
            self._budget.spend(DICTIONARY + ENTRY * len(value))
            return {key: self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            self._budget.spend(OBJECT * (1 + len(value)))
            return type(value)(self.plain(item, depth + 1) for item in value)
        return value

    def _array(self, node: TensorNode) -> np.ndarray:
        storage = self._storage(node.storage)
        check_shape(node.size)
        count = element_count(node.size)
        # the step of an axis of size 1 is never taken, and may be anything
        steps = [step if size > 1 else 0 for size, step in zip(node.size, node.stride)]
        last = node.offset + sum((size - 1) * step for size, step in zip(node.size, steps))
        if count > storage.size or (count and last >= storage.size):
            shape = show_shape(node.size)
            raise DamagedFile("has a tensor of shape %s that reaches beyond its storage" % shape)
        wide = node.storage.code == BFLOAT16
        self._budget.spend(count * (4 if wide else storage.itemsize))
        if count == 0:
            return np.empty(node.size, np.float32 if wide else storage.dtype.newbyteorder("="))
        steps = [step * storage.itemsize for step in steps]
        view = np.lib.stride_tricks.as_strided(storage[node.offset :], node.size, steps, writeable=False)
        array = np.array(view, np.uint32 if wide else storage.dtype.newbyteorder("="), order="C")
        if wide:
            array = np.left_shift(array, np.uint32(16), out=array).view(np.float32)
        return self._negated(array) if node.negative else array

    @staticmethod
    def _negated(array: np.ndarray) -> np.ndarray:
        if array.dtype.kind not in "fi":
            raise DamagedFile("has a tensor of type %s with a negative sign" % array.dtype)
        return np.negative(array, out=array)

    def _storage(self, node: StorageNode) -> np.ndarray:
        """The elements as they are in the file, in its byte order; bfloat16 as uint16."""
        if node.key not in self._storages:
            data = self._read(node.key)
            if len(data) % item_width(node.code):
                raise DamagedFile("has a tensor storage %s that ends within a number" % show(node.key))
            code = "u2" if node.code == BFLOAT16 else node.code
            self._storages[node.key] = np.frombuffer(data, np.dtype(self._order + code))
        values = self._storages[node.key][node.start : node.start + node.count]
        if values.size < node.count:
            raise DamagedFile("has a tensor storage %s that is too short" % show(node.key))
        return values
