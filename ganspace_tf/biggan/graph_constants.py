"""Constants of a graph stored in `saved_model.pb`, decoded as data: nothing of the graph is run.

Only the three operations that constant tables are made of are understood: Const, Pack of such, Identity.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.protobuf import DamagedMessage, children, fields, tensor_shape, text

FLOAT32 = 1  # DT_FLOAT
DEEPEST = 8  # Pack inside Pack …: more than that is no table


class GraphConstants:
    """Constants by node name. path: of a SavedModel file with one graph (or several: the first counts)."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with open(path, "rb") as file:
                data = memoryview(file.read())
        except OSError as error:
            raise BigGANFileError("{}: cannot be read ({})".format(path, error.strerror)) from None
        try:
            graphs = [graph for meta in children(data, 2) for graph in children(meta, 2)]
            nodes = children(graphs[0], 1) if graphs else []
            self.nodes: Dict[str, memoryview] = {text(b"".join(children(n, 1)[:1])): n for n in nodes}
        except DamagedMessage as error:
            raise BigGANFileError("{}: not a TensorFlow graph file ({})".format(path, error)) from None

    def value(self, name: str) -> np.ndarray:
        """The float32 array of the node of exactly that name.

        Raises BigGANFileError if there is none, or if it is not made of constants.
        """
        try:
            return self._value(name, 0)
        except DamagedMessage as error:
            raise BigGANFileError("{}: damaged constant {} ({})".format(self.path, name, error)) from None

    def _value(self, name: str, depth: int) -> np.ndarray:
        if name not in self.nodes:
            raise BigGANFileError("{}: the graph has no node {}".format(self.path, name))
        operation, inputs, attributes = _node(self.nodes[name])
        if operation == "Const" and "value" in attributes:
            return _tensor(attributes["value"])
        sources = [source.split(":")[0] for source in inputs if not source.startswith("^")]
        if depth < DEEPEST and operation == "Identity" and len(sources) == 1:
            return self._value(sources[0], depth + 1)
        if depth < DEEPEST and operation == "Pack" and sources and not _axis(attributes):
            rows = [self._value(source, depth + 1) for source in sources]
            if len({row.shape for row in rows}) == 1:
                return np.stack(rows)
        what = "{}: node {} ({}) is not a table of constants".format(self.path, name, operation or "?")
        raise BigGANFileError(what)


def _node(data: memoryview) -> Tuple[str, List[str], Dict[str, memoryview]]:
    """(operation, inputs, attributes) of a NodeDef."""
    attributes = {}
    for entry in children(data, 5):
        for value in children(entry, 2):
            attributes[text(b"".join(children(entry, 1)[:1]))] = value
    return text(b"".join(children(data, 2)[:1])), [text(part) for part in children(data, 3)], attributes


def _axis(attributes: Dict[str, memoryview]) -> int:
    """The axis of a Pack; 0 is what tables are stacked along."""
    values = [value for field, value in fields(attributes.get("axis", memoryview(b""))) if field == 3]
    return int(values[0]) if values and isinstance(values[0], int) else 0


def _tensor(attribute: memoryview) -> np.ndarray:
    """The TensorProto in an attribute: raw bytes, or a list of floats whose last one is repeated."""
    tensors = children(attribute, 8)
    if not tensors:
        raise DamagedMessage("no tensor in it")
    kinds = [value for field, value in fields(tensors[0]) if field == 1]
    if kinds != [FLOAT32]:
        raise DamagedMessage("not float32")
    shapes = children(tensors[0], 2)
    shape = tensor_shape(shapes[0]) if shapes else ()
    size = 1
    for length in shape:
        size *= length
    content = b"".join(children(tensors[0], 4)) or b"".join(
        bytes(value) if isinstance(value, memoryview) else int(value).to_bytes(4, "little")
        for field, value in fields(tensors[0])
        if field == 5
    )
    values = np.frombuffer(content[: len(content) // 4 * 4], "<f4").astype(np.float32)
    if len(values) == size:
        return values.reshape(shape)
    if len(children(tensors[0], 4)) or not 0 < len(values) < size <= 2**24:
        raise DamagedMessage("{} numbers for shape {}".format(len(values), shape))
    return np.concatenate([values, np.full(size - len(values), values[-1], np.float32)]).reshape(shape)
