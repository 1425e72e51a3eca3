"""The closed list of names that a pickle of persistent PyTorch networks may use, and what they become here.

Such a file wraps every module of a network in `torch_utils.persistence _reconstruct_persistent_obj`: a
dictionary with the text of its source and its attributes. The text is never run. Names that are not on the
list become placeholders without any effect, because the discriminator beside a good generator may be a
stranger's; the network that is wanted may hold none of them (see modules.py).
"""

from __future__ import annotations

from typing import Any, BinaryIO, Callable, Dict, List, Tuple, Type

from nvlabs.errors import UnsafePickle
from nvlabs.reading import pickle_values, torch_machine
from nvlabs.reading.budget import DICTIONARY, Budget
from nvlabs.reading.pickle_values import ArrayNode, DtypeNode, Name
from nvlabs.reading.torch_machine import STORAGE_TYPES, TorchMachine

PERSISTENT = ("torch_utils.persistence", "_reconstruct_persistent_obj")
NAME_SHOWN = 80


class Called:
    """What a name on the list was called with, not looked at before somebody needs it."""

    def __init__(self, args: Tuple) -> None:
        self.args = args


class PersistentNode(Called):
    """A persistent object: its meta dictionary."""


class InlineStorage(Called):
    """A storage inside a pickle: the bytes of a complete file of torch.save for one storage."""


class TensorNode(Called):
    """A tensor: its storage, offset, sizes, strides."""


class ForeignNode:
    """What stands for an object of a class that is not on the list; nothing of it is made or kept."""

    def __init__(self, label: str) -> None:
        self.label = label


class ForeignName(Name):
    """A global that is not on the list. Calling it gives a placeholder."""

    def __init__(self, label: str) -> None:
        super().__init__(label, lambda args, budget: ForeignNode(label))


class PersistenceMachine(TorchMachine):
    """TorchMachine with the names of persistent networks, in files of torch.save as well as in plain
    pickles.
    """

    def __init__(self, stream: BinaryIO, size: int, budget: Budget) -> None:
        super().__init__(stream, size, budget)
        self.foreign: Dict[str, ForeignName] = {}

    def find_name(self, module: str, name: str) -> Name:  # type: ignore[override]
        """The stand-in for a global; one that is not on the list gets a placeholder."""
        if module == "torch" and name in STORAGE_TYPES:
            return Name(name)
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        label = "%s.%s" % (module, name)
        if label not in self.foreign:
            self.budget.spend(DICTIONARY + len(label))
            self.foreign[label] = ForeignName(label[:NAME_SHOWN])
        return self.foreign[label]

    def call(self, classes_only: bool) -> None:
        args, name = self.pop(), self.pop()
        known = isinstance(name, Name) and name.call is not None
        if isinstance(name, (ForeignName, ForeignNode)):
            self.make(ForeignNode(name.label), DICTIONARY)
        elif type(args) is not tuple or not known or (classes_only and name not in self.classes):
            raise UnsafePickle("calls something that network files do not call; nothing was run")
        else:
            self.make(name.call(args, self.budget), DICTIONARY)

    def build(self) -> None:
        """The inner state of an array; that of dictionaries, tensors and strangers is dropped."""
        state, target = self.pop(), self.pop()
        if isinstance(target, (ArrayNode, DtypeNode)):
            target.set_state(state)
        elif not isinstance(target, (dict, TensorNode, ForeignNode)):
            raise UnsafePickle("sets the inner state of something that has none; nothing was run")
        self.push(target)

    def append(self, items: List[Any]) -> None:
        if not self._stranger():
            super().append(items)

    def set_items(self, items: List[Any]) -> None:
        """Pairs with a key that is neither text nor a number are dropped: no network has one."""
        if self._stranger():
            return
        pairs = [pair for pair in zip(items[::2], items[1::2]) if type(pair[0]) in pickle_values.PLAIN_KEYS]
        super().set_items([part for pair in pairs for part in pair] + items[2 * (len(items) // 2) :])

    def _stranger(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1], ForeignNode)


def _kept(kind: Type[Called]) -> Callable[[Tuple, Budget], Called]:
    return lambda args, budget: kind(args)


def _parameter(args: Tuple, budget: Budget) -> Any:
    """A parameter is its tensor; whether it is trained, its hooks and its Python attributes do not matter."""
    if not args:
        raise UnsafePickle("rebuilds a parameter from nothing")
    return args[0]


def _values(args: Tuple, budget: Budget) -> List[Any]:
    """set([...]), frozenset([...]): a list."""
    if not args or not isinstance(args[0], (list, tuple)):
        return []
    budget.spend(8 * len(args[0]))
    return list(args[0])


ALLOWED: Dict[Tuple[str, str], Name] = {
    PERSISTENT: Name("persistent object", _kept(PersistentNode)),
    ("torch.storage", "_load_from_bytes"): Name("storage", _kept(InlineStorage)),
    ("torch._utils", "_rebuild_tensor"): Name("tensor", _kept(TensorNode)),
    ("torch._utils", "_rebuild_tensor_v2"): Name("tensor", _kept(TensorNode)),
    ("torch._utils", "_rebuild_parameter"): Name("parameter", _parameter),
    ("torch._utils", "_rebuild_parameter_with_state"): Name("parameter", _parameter),
    ("torch.nn.parameter", "Parameter"): Name("parameter", _parameter),
    ("torch", "Size"): torch_machine.ALLOWED["torch", "Size"],
}
for _builtins in ("builtins", "__builtin__"):
    for _kind in ("set", "frozenset"):
        ALLOWED[_builtins, _kind] = Name(_kind, _values)
# arrays, byte strings and dictionaries, as in the pickles of the TensorFlow edition
for _key, _name in pickle_values.ALLOWED.items():
    if _key[0].split(".")[0] in ("numpy", "_codecs", "collections") or _key == ("dnnlib.util", "EasyDict"):
        ALLOWED[_key] = _name

PersistenceMachine.classes = (pickle_values.MAPPING,)
PersistenceMachine.opcodes = dict(TorchMachine.opcodes)
PersistenceMachine.opcodes[b"\x8f"] = lambda m: m.make([])  # a set is a list here
PersistenceMachine.opcodes[b"\x90"] = lambda m: m.append(m.since_mark())
PersistenceMachine.opcodes[b"\x91"] = lambda m: m.make(m.since_mark())
