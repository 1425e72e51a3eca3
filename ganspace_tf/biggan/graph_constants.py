"""Constants of a graph stored in `saved_model.pb`, decoded as data: nothing of the graph is run.

Only the three operations that constant tables are made of are understood: Const, Pack of such, Identity.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

from ganspace_tf.biggan.disk import read_bytes
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.protobuf import (
    MAX_AXES,
    DamagedMessage,
    children,
    fields,
    first,
    parts,
    tensor_shape,
    text,
)
from nvlabs.reading.arrays import check_shape, element_count
from nvlabs.reading.budget import ENTRY, OBJECT, Budget
from nvlabs.reading.shown import show_shape

FLOAT32 = 1  # DT_FLOAT
DEEPEST = 8  # Pack inside Pack …: more than that is no table
MOST_FLOATS = 1 << 20  # that are written one by one


class GraphConstants:
    """Constants by node name.

    path: of a SavedModel file with one graph (or several: the first counts). budget: charged for all that is
    read and made, by `value` too: a graph of 1 kB can stand for a table of any size.
    """

    def __init__(self, path: str, budget: Budget) -> None:
        self.path, self._budget = path, budget
        data = memoryview(read_bytes(path, budget))
        self.nodes: Dict[str, memoryview] = {}
        try:
            for node in parts(first(first(data, 2, budget), 2, budget), 1, budget):
                name = text(first(node, 1, budget))
                budget.spend(ENTRY + 4 * OBJECT + len(name))
                self.nodes[name] = node
        except DamagedMessage as error:
            raise BigGANFileError("{}: not a TensorFlow graph file ({})".format(path, error)) from None

    def value(self, name: str) -> np.ndarray:
        """The float32 array of the node of exactly that name.

        Raises BigGANFileError if there is none, or if it is not made of constants.
        """
        try:
            return self._value(name, 0, {})
        except DamagedMessage as error:
            raise BigGANFileError("{}: damaged constant {} ({})".format(self.path, name, error)) from None

    def _value(self, name: str, depth: int, known: Dict[str, np.ndarray]) -> np.ndarray:
        """known: nodes of this table that are worked out, each once however many ask for it."""
        if name in known:
            return known[name]
        if name not in self.nodes:
            raise BigGANFileError("{}: the graph has no node {}".format(self.path, name))
        operation, inputs, attributes = _node(self.nodes[name], self._budget)
        if operation == "Const" and "value" in attributes:
            known[name] = _tensor(attributes["value"], self._budget)
            return known[name]
        sources = [source.split(":")[0] for source in inputs if not source.startswith("^")]
        if depth < DEEPEST and operation == "Identity" and len(sources) == 1:
            return self._value(sources[0], depth + 1, known)
        if depth < DEEPEST and operation == "Pack" and sources and not _axis(attributes, self._budget):
            rows = [self._value(source, depth + 1, known) for source in sources]
            if len({row.shape for row in rows}) == 1 and rows[0].ndim < MAX_AXES:
                self._budget.spend(len(rows) * rows[0].nbytes)
                known[name] = np.stack(rows)
                return known[name]
        what = "{}: node {} ({}) is not a table of constants".format(self.path, name, operation or "?")
        raise BigGANFileError(what)


def _node(data: memoryview, budget: Budget) -> Tuple[str, List[str], Dict[str, memoryview]]:
    """(operation, inputs, attributes) of a NodeDef."""
    inputs, attributes = [], {}
    for source in parts(data, 3, budget):
        budget.spend(2 * OBJECT + len(source))
        inputs.append(text(source))
    for entry in parts(data, 5, budget):
        for value in parts(entry, 2, budget):
            budget.spend(ENTRY + 4 * OBJECT)
            attributes[text(first(entry, 1, budget))] = value
    return text(first(data, 2, budget)), inputs, attributes


def _axis(attributes: Dict[str, memoryview], budget: Budget) -> int:
    """The axis of a Pack; 0 is what tables are stacked along."""
    empty = memoryview(b"")
    values = [value for field, value in fields(attributes.get("axis", empty), budget) if field == 3]
    return int(values[0]) if values and isinstance(values[0], int) else 0


def _tensor(attribute: memoryview, budget: Budget) -> np.ndarray:
    """The TensorProto in an attribute: raw bytes, or a list of floats whose last one is repeated."""
    tensors = children(attribute, 8, budget)
    if not tensors:
        raise DamagedMessage("no tensor in it")
    kinds = [value for field, value in fields(tensors[0], budget) if field == 1]
    if kinds != [FLOAT32]:
        raise DamagedMessage("not float32")
    shape = tensor_shape(first(tensors[0], 2, budget), budget)
    check_shape(shape)
    size = element_count(shape)
    raw = first(tensors[0], 4, budget)
    content = raw if len(raw) else _floats(tensors[0], budget)
    values = np.frombuffer(content[: len(content) // 4 * 4], "<f4") if len(content) > 3 else np.zeros(0)
    if len(values) != size and (len(raw) or not 0 < len(values) < size):
        raise DamagedMessage("{} numbers for shape {}".format(len(values), show_shape(shape)))
    budget.spend(4 * size)
    table = np.empty(size, np.float32)
    table[: len(values)] = values
    table[len(values) :] = values[-1:]
    return table.reshape(shape)


def _floats(tensor: memoryview, budget: Budget) -> memoryview:
    """The field of floats: packed into pieces, or one by one."""
    found, count = bytearray(), 0
    for field, value in fields(tensor, budget):
        if field == 5 and isinstance(value, memoryview):
            budget.spend(len(value))
            found += value
        elif field == 5 and isinstance(value, int):
            count += 1
            if count > MOST_FLOATS or value >= 1 << 32:
                raise DamagedMessage("numbers that are no float32")
            found += value.to_bytes(4, "little")
    return memoryview(found)
