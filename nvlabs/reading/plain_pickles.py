"""Pickles of plain values: numbers, text, NumPy arrays, tensors, and lists and dictionaries of these. Nothing
is run.

What people save beside networks: latents by name, a direction with its settings, an array of objects in a
.npy file. Everything else that a pickle may ask for is refused. A tensor that was pickled without torch.save
carries a whole file of torch.save for its storage.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO, Dict, Tuple

from nvlabs.errors import DamagedFile, UnsafePickle
from nvlabs.reading.arrays import NUMBERS, view
from nvlabs.reading.budget import ENTRY, OBJECT, Budget
from nvlabs.reading.pickle_machine import Machine
from nvlabs.reading.pickle_values import ALLOWED, MAPPING, ArrayNode, DtypeNode, Name
from nvlabs.reading.shown import show
from nvlabs.reading.torch_containers import LegacyContainer, ZipContainer
from nvlabs.reading.torch_machine import ALLOWED as TORCH
from nvlabs.reading.torch_machine import StorageNode
from nvlabs.reading.torch_tensors import ArrayReader
from nvlabs.reading.zips import MAGIC

MAX_DEPTH = 16  # of lists, dictionaries and arrays of objects in one another
PLAIN: Dict[Tuple[str, str], Name] = {
    (module, name): stand_in
    for (module, name), stand_in in ALLOWED.items()
    if module.split(".")[0] in ("numpy", "_codecs", "collections") or name == "bytes"
}


class Storage:
    """The file of torch.save that holds one storage."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        kind = ZipContainer if data.startswith(MAGIC) else LegacyContainer
        container = kind(io.BytesIO(data), len(data), budget)
        if not isinstance(container.value, StorageNode):
            raise DamagedFile("holds a tensor whose storage is something else")
        self.node = container.value
        self.reader = ArrayReader(container.read, container.order, budget)


def _storage(args: Tuple, budget: Budget) -> Storage:
    if len(args) != 1 or not isinstance(args[0], bytes):
        raise UnsafePickle("loads a storage from something else than bytes; nothing was run")
    return Storage(args[0], budget)


def _tensor(args: Tuple, budget: Budget) -> Any:
    """_rebuild_tensor_v2(storage, offset, size, stride, …) as an array."""
    if not args or not isinstance(args[0], Storage):
        raise UnsafePickle("rebuilds a tensor from something else than a storage; nothing was run")
    rebuild = TORCH["torch._utils", "_rebuild_tensor_v2"].call
    return args[0].reader.plain(rebuild((args[0].node, *args[1:]), budget))  # type: ignore[misc]


PLAIN["torch.storage", "_load_from_bytes"] = Name("storage", _storage)
PLAIN["torch._utils", "_rebuild_tensor_v2"] = Name("tensor", _tensor)


def find_plain(module: str, name: str) -> Name:
    """The stand-in for a global that plain values need. Raises UnsafePickle for every other."""
    if (module, name) not in PLAIN:
        raise UnsafePickle(
            "asks for %s, which numbers and text do not need; nothing was run" % show(module + "." + name)
        )
    return PLAIN[module, name]


class PlainMachine(Machine):
    """Machine with the names of NumPy's arrays and of dictionaries alone."""

    classes = (MAPPING,)
    find_name = staticmethod(find_plain)


def read_plain(stream: BinaryIO, size: int, budget: Budget) -> Any:
    """What a pickle of `size` bytes holds: containers and plain values as they are, arrays as NumPy arrays.

    Arrays of numbers have their own type, native byte order and C order; an array of objects becomes the
    list of them, or the object itself where there is one without axes; arrays of anything else become None.
    Raises NetworkFileError.
    """
    return _plain(PlainMachine(stream, size, budget).run(), budget, MAX_DEPTH)


def _plain(value: Any, budget: Budget, depth: int) -> Any:
    if not depth:
        raise DamagedFile("nests more than %d levels deep" % MAX_DEPTH)
    if isinstance(value, ArrayNode):
        if value.dtype is not None and value.dtype.code.startswith("O"):
            return _objects(value, budget, depth)
        return _numbers(value, budget)
    if isinstance(value, dict):
        budget.spend(ENTRY * len(value))
        return {key: _plain(item, budget, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        budget.spend(OBJECT * len(value))
        return type(value)(_plain(item, budget, depth - 1) for item in value)
    return None if isinstance(value, (DtypeNode, Name)) else value


def _objects(node: ArrayNode, budget: Budget, depth: int) -> Any:
    items = node.data
    if not isinstance(items, list) or (not node.shape and len(items) != 1):
        raise DamagedFile("holds an array of objects without objects")
    values = _plain(items, budget, depth - 1)
    return values if node.shape else values[0]


def _numbers(node: ArrayNode, budget: Budget) -> Any:
    if node.dtype is None or node.dtype.code not in NUMBERS:
        return None
    array = view(node, NUMBERS, budget)
    budget.spend(array.nbytes)
    native = array.astype(array.dtype.newbyteorder("="), order="C")
    return native if native.ndim else native.item()
