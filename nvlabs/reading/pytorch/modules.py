"""From persistent objects to modules: class, attributes, arrays, parts; nothing else of them is kept."""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import numpy as np

from nvlabs.errors import DamagedFile, UnsupportedNetwork, VariableMismatch
from nvlabs.reading import foreign
from nvlabs.reading.arrays import NUMBERS, view
from nvlabs.reading.budget import DICTIONARY, ENTRY, Budget
from nvlabs.reading.pickle_values import ArrayNode, Name, latin1
from nvlabs.reading.pytorch.machine import (
    ForeignName,
    ForeignNode,
    InlineStorage,
    PersistentNode,
    TensorNode,
)
from nvlabs.reading.shown import show, show_shape
from nvlabs.reading.torch_containers import LegacyContainer
from nvlabs.reading.torch_machine import StorageNode, rebuild_tensor
from nvlabs.reading.torch_tensors import ArrayReader
from nvlabs.reading.zips import Data

VERSION = 6  # of the persistence code, the only one that was ever published
MAX_DEPTH = 12  # of modules in one another, and of the lists and dictionaries in an attribute
MAX_MODULES = 10_000
MAX_VALUES = 200_000  # numbers, texts and entries in all attributes
TABLES = ("_parameters", "_buffers", "_modules")

Arrays = "OrderedDict[str, np.ndarray]"


@dataclass(frozen=True, eq=False)
class TorchModule:
    """One module of a network.

    class_name: of the class whose text the file carries; the file does not say which module it was in.
    attributes: plain values (numbers, text, None, lists, dictionaries; NumPy arrays as lists).
    arrays: its own parameters and buffers, those that are None left out; float types as they are.
    source: the text of the module that held the class; never run.
    """

    class_name: str
    attributes: Dict[str, Any]
    arrays: "OrderedDict[str, np.ndarray]"
    parts: "OrderedDict[str, TorchModule]"
    source: str = field(default="", repr=False)

    def array(self, name: str, dims: int) -> np.ndarray:
        """A parameter or buffer as float32 of so many axes, C order; raises VariableMismatch."""
        if name not in self.arrays:
            raise VariableMismatch("the %s lacks %s" % (self.class_name[:60], name))
        value = self.arrays[name]
        if value.dtype.kind != "f" or value.ndim != dims:
            raise VariableMismatch(
                "%s of the %s is %s of shape %s; floats with %d axes are needed"
                % (name, self.class_name[:60], value.dtype, show_shape(value.shape), dims)
            )
        return value.astype(np.float32, copy=False)

    def part(self, name: str) -> "TorchModule":
        """A part; raises VariableMismatch where there is none of that name."""
        if name not in self.parts:
            raise VariableMismatch("the %s lacks its part %s" % (self.class_name[:60], name[:60]))
        return self.parts[name]

    def value(self, name: str, *kinds: type) -> Any:
        """An attribute of one of these types; raises UnsupportedNetwork. Whole numbers pass for float."""
        value = self.attributes.get(name)
        if float in kinds and type(value) is int:
            value = float(value)
        if type(value) not in kinds:
            allowed = " or ".join(kind.__name__ for kind in kinds)
            raise UnsupportedNetwork(
                "attribute %s of the %s is %s; %s is needed"
                % (name, self.class_name[:60], show(value), allowed)
            )
        return value

    def all_arrays(self, prefix: str = "") -> Iterator[Tuple[str, np.ndarray]]:
        """Every array below it, as PyTorch names them: 'b8.conv0.weight'."""
        for name, value in self.arrays.items():
            yield prefix + name, value
        for name, part in self.parts.items():
            for item in part.all_arrays(prefix + name + "."):
                yield item


class ModuleReader:
    """Turns the nodes of one network into modules, each node once. A network has a reader of its own, so that
    the troubles of one do not count for the others.

    read, order: where the storages of a torch.save container are, and their byte order; None for a plain
    pickle.
    """

    def __init__(
        self, budget: Budget, read: Optional[Callable[[str], Data]] = None, order: str = "<"
    ) -> None:
        self.budget = budget
        self._outer = None if read is None else ArrayReader(read, order, budget)
        self._modules: Dict[int, Optional[TorchModule]] = {}
        self._sizes: Dict[int, int] = {}  # modules in a module, itself included, as a tree
        self._arrays: Dict[int, np.ndarray] = {}
        self._inner: Dict[int, Tuple[StorageNode, ArrayReader]] = {}
        self._values = 0

    def module(self, node: Any, place: str, depth: int = MAX_DEPTH) -> TorchModule:
        """The module of a node. Raises NetworkFileError; UnsafePickle names a global of the node that is not
        on the list.
        """
        if isinstance(node, (ForeignNode, ForeignName)):
            raise foreign.refusal(node.label)
        if not isinstance(node, PersistentNode):
            raise DamagedFile("%s is no persistent module of a PyTorch network" % place)
        if id(node) in self._modules:
            known = self._modules[id(node)]
            if known is None:
                raise DamagedFile("%s contains itself" % place)
            return known
        if not depth:
            raise DamagedFile("%s is nested deeper than the modules of a network" % place)
        self.budget.spend(3 * DICTIONARY)
        self._modules[id(node)] = None
        class_name, state, source = _checked(node.args, place)
        foreign.check_class(class_name)
        tensors = dict(_table(state, "_parameters", place), **_table(state, "_buffers", place))
        arrays = OrderedDict(
            (name, self.array(value, _within(place, name)))
            for name, value in tensors.items()
            if value is not None
        )
        nodes = {name: part for name, part in _table(state, "_modules", place).items() if part is not None}
        parts = OrderedDict(
            (name, self.module(part, _within(place, name), depth - 1)) for name, part in nodes.items()
        )
        self._sizes[id(node)] = 1 + sum(self._sizes[id(part)] for part in nodes.values())
        if self._sizes[id(node)] > MAX_MODULES:
            raise DamagedFile("%s holds more modules than a network does" % place)
        attributes = {
            key: self.plain(value) for key, value in state.items() if type(key) is str and key not in TABLES
        }
        made = TorchModule(class_name, attributes, arrays, parts, source)
        self._modules[id(node)] = made
        return made

    def array(self, value: Any, place: str) -> np.ndarray:
        """The array of a tensor; one that several modules share is read once."""
        if isinstance(value, (ForeignNode, ForeignName)):
            raise foreign.refusal(value.label)
        if not isinstance(value, TensorNode) or not value.args:
            raise DamagedFile("%s is no tensor" % place)
        if id(value) not in self._arrays:
            storage, reader = self._storage(value.args[0], place)
            node = rebuild_tensor((storage,) + value.args[1:], self.budget)
            self._arrays[id(value)] = reader.plain(node)
        return self._arrays[id(value)]

    def _storage(self, storage: Any, place: str) -> Tuple[StorageNode, ArrayReader]:
        if isinstance(storage, (ForeignNode, ForeignName)):
            raise foreign.refusal(storage.label)
        if isinstance(storage, StorageNode) and self._outer is not None:
            return storage, self._outer
        if not isinstance(storage, InlineStorage):
            raise DamagedFile("%s is a tensor without a storage" % place)
        if id(storage) not in self._inner:
            data = _bytes(storage.args, self.budget)
            container = LegacyContainer(io.BytesIO(data), len(data), self.budget)
            if not isinstance(container.value, StorageNode):
                raise DamagedFile("%s is a tensor without a storage" % place)
            self._inner[id(storage)] = (
                container.value,
                ArrayReader(container.read, container.order, self.budget),
            )
        return self._inner[id(storage)]

    def plain(self, value: Any, depth: int = MAX_DEPTH) -> Any:
        """A value of an attribute; None for what is no plain value but harmless (a tensor, a module)."""
        self._values += 1
        self.budget.spend(ENTRY)
        if self._values > MAX_VALUES or not depth:
            raise DamagedFile("holds more values in its attributes than a network does")
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) in (list, tuple):
            return [self.plain(item, depth - 1) for item in value]
        if type(value) is dict:
            return {str(key): self.plain(item, depth - 1) for key, item in value.items()}
        if isinstance(value, (ForeignNode, ForeignName)):
            raise foreign.refusal(value.label)
        if isinstance(value, ArrayNode):
            found = view(value, NUMBERS, self.budget)
            self._values += found.size
            return found.tolist() if self._values <= MAX_VALUES else self.plain(None)
        if isinstance(value, (TensorNode, PersistentNode, InlineStorage, StorageNode, bytes, Name)):
            return None
        raise DamagedFile("an attribute holds a %s" % type(value).__name__)


def _checked(args: Tuple, place: str) -> Tuple[str, Dict[Any, Any], str]:
    """Class name, state and source of a meta dictionary, once its kind and version are the known ones."""
    if len(args) != 1 or type(args[0]) is not dict:
        raise DamagedFile("%s is a persistent object made from something else than one dictionary" % place)
    meta = args[0]
    if meta.get("type") != "class" or type(meta.get("version")) is not int:
        raise UnsupportedNetwork("%s is no persistent class, which is the only kind that was written" % place)
    if meta["version"] != VERSION:
        text = "%s was written by version %d of the persistence code; %d, the only one published, is read: "
        raise UnsupportedNetwork(
            (text + "save the network with the published code") % (place, meta["version"], VERSION)
        )
    class_name, state, source = meta.get("class_name"), meta.get("state"), meta.get("module_src", "")
    if type(class_name) is not str or type(state) is not dict:
        raise DamagedFile("%s is a persistent object without a class name and a state" % place)
    return class_name, state, source if type(source) is str else ""


def _bytes(args: Tuple, budget: Budget) -> bytes:
    """What a storage is loaded from; text is how protocol 2 writes bytes for Python 2."""
    data = args[0] if len(args) == 1 else None
    if type(data) is str:
        data = latin1(data, budget)
    if type(data) is not bytes:
        raise DamagedFile("has a storage that is loaded from %s, not from bytes" % show(data))
    return data


def _within(place: str, name: str) -> str:
    return "%s.%s" % (place, name[:60])


def _table(state: Dict[Any, Any], name: str, place: str) -> Dict[str, Any]:
    table = state.get(name, {})
    if type(table) is not dict or not all(type(key) is str for key in table):
        raise DamagedFile("%s has no proper table %s" % (place, name))
    return table
