"""The closed list of names that a PyTorch checkpoint may use, for the pickle interpreter of `nvlabs`.

Nothing of a file is imported or called. A tensor becomes a TensorNode (which part of which storage), a
storage a StorageNode; their bytes are read later, and only those that are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO, Dict, Tuple

from nvlabs.errors import DamagedFile, UnsafePickle, UnsupportedNetwork
from nvlabs.reading import foreign
from nvlabs.reading.budget import DICTIONARY, ENTRY, Budget
from nvlabs.reading.pickle_machine import Machine
from nvlabs.reading.pickle_values import Name, dictionary_key
from nvlabs.reading.shown import show

MAX_DEVICE = 100  # characters
#: Storage class of torch -> NumPy type code. bfloat16 is the upper half of a float32.
STORAGE_TYPES = {
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "HalfStorage": "f2",
    "BFloat16Storage": "bf2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "b1",
}


@dataclass(frozen=True)
class StorageNode:
    """One block of memory: its key in the file, type code and number of elements; a view starts inside its
    base.
    """

    key: str
    code: str
    count: int
    start: int = 0


@dataclass(frozen=True)
class TensorNode:
    """A tensor: elements of a storage, from offset on, by size and stride (in elements).

    negative: the storage holds the values with the opposite sign.
    """

    storage: StorageNode
    offset: int
    size: Tuple[int, ...]
    stride: Tuple[int, ...]
    negative: bool = False


class StateNode:
    """An object that is read for its attributes alone, such as the arguments of a training run."""

    def __init__(self) -> None:
        self.state: Dict[Any, Any] = {}


class TorchMachine(Machine):
    """Machine with the names and opcodes of torch.save: storages come as persistent objects, noted by key."""

    def __init__(self, stream: BinaryIO, size: int, budget: Budget) -> None:
        super().__init__(stream, size, budget)
        self.storages: Dict[str, StorageNode] = {}

    def persistent(self) -> None:
        """('storage', class, key, device, count[, (view key, start, count)]) becomes a StorageNode."""
        pid = self.pop()
        fields = isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage"
        if not fields or not isinstance(pid[1], Name) or pid[1].label not in STORAGE_TYPES:
            raise UnsafePickle("refers to a persistent object that is no tensor storage; nothing was run")
        code, key, count = STORAGE_TYPES[pid[1].label], pid[2], pid[4]
        if type(key) not in (str, int) or not _whole(count):
            raise DamagedFile("has a tensor storage without a proper key and size")
        start = 0
        if len(pid) == 6 and pid[5] is not None:
            view = pid[5]
            if not isinstance(view, tuple) or len(view) != 3 or not _whole(view[1]) or not _whole(view[2]):
                raise DamagedFile("has a view of a tensor storage without a proper start and size")
            start, count = view[1], view[2]
        self.budget.spend(DICTIONARY + ENTRY)
        known = self.storages.setdefault(str(key), StorageNode(str(key), code, pid[4]))
        if known.code != code:
            raise DamagedFile("has a tensor storage of two types")
        self.push(StorageNode(str(key), code, count, start))

    def build(self) -> None:
        """Attributes set on an object: kept for a StateNode, dropped for a dictionary (torch notes versions
        there).
        """
        state, target = self.pop(), self.pop()
        if isinstance(target, StateNode) and isinstance(state, dict):
            self.budget.spend(ENTRY * len(state))
            target.state.update(state)
        elif type(target) is not dict:
            raise UnsafePickle("sets the inner state of something that has none; nothing was run")
        self.push(target)

    @staticmethod
    def find_name(module: str, name: str) -> Name:
        """The stand-in for a global, or UnsafePickle: only exact names match."""
        if module == "torch" and name in STORAGE_TYPES:
            return Name(name)
        if (module, name) not in ALLOWED:
            other = foreign.known("%s.%s" % (module, name))
            if other is not None:
                raise other
            shown = ("%s.%s" % (module, name))[:80]
            raise UnsafePickle(
                "asks for %r, which no checkpoint of weights needs; nothing was run. "
                "Save the state dictionary alone, or get the file from its original source" % shown
            )
        return ALLOWED[module, name]


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**62


def rebuild_tensor(args: Tuple, budget: Budget) -> TensorNode:
    """_rebuild_tensor[_v2](storage, offset, size, stride[, requires_grad, hooks[, metadata]])."""
    if not 4 <= len(args) <= 7 or not isinstance(args[0], StorageNode) or not _whole(args[1]):
        raise UnsafePickle("rebuilds a tensor from something else than a storage")
    size, stride = args[2], args[3]
    for numbers in (size, stride):
        if not isinstance(numbers, tuple) or len(numbers) > 32 or not all(_whole(n) for n in numbers):
            raise DamagedFile("has a tensor without proper sizes and strides")
    if len(size) != len(stride):
        raise DamagedFile("has a tensor with %d sizes and %d strides" % (len(size), len(stride)))
    return TensorNode(args[0], args[1], size, stride, _is_negative(args[6] if len(args) > 6 else None))


def _is_negative(metadata: Any) -> bool:
    """The flags of a tensor, {"neg": True}, {"conj": True}: a negative one is written with the opposite sign.

    (Only complex tensors can be conjugated, and those are not read.)
    """
    if metadata is not None and type(metadata) is not dict:
        raise DamagedFile("has a tensor whose flags are %s" % show(metadata))
    flags = {} if metadata is None else metadata
    for name, value in flags.items():
        if name not in ("neg", "conj") or type(value) is not bool:
            raise UnsupportedNetwork("has a tensor with the unknown flag %s" % show(name))
    if flags.get("conj"):
        raise UnsupportedNetwork("has a tensor with the flag 'conj' (complex numbers, conjugated)")
    return bool(flags.get("neg"))


def _parameter(args: Tuple, budget: Budget) -> TensorNode:
    """_rebuild_parameter(tensor, requires_grad, hooks)."""
    if not args or not isinstance(args[0], TensorNode):
        raise UnsafePickle("rebuilds a parameter from something else than a tensor")
    return args[0]


def _mapping(args: Tuple, budget: Budget) -> Dict[Any, Any]:
    """OrderedDict(), OrderedDict([(key, value), ...]), or defaultdict(class): a dictionary."""
    pairs = args[0] if args and isinstance(args[0], list) else []
    if len(args) > 1 or (args and not isinstance(args[0], (list, Name))):
        raise UnsafePickle("makes a dictionary from something else than pairs")
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
        raise DamagedFile("has a dictionary with something else than pairs")
    budget.spend(64 * len(pairs))
    return {dictionary_key(key): value for key, value in pairs}


def _size(args: Tuple, budget: Budget) -> Tuple[int, ...]:
    if len(args) != 1 or not isinstance(args[0], tuple):
        raise UnsafePickle("makes a torch.Size from something else than sizes")
    return args[0]


def _device(args: Tuple, budget: Budget) -> str:
    """torch.device("cuda", 0): a name and a number."""
    if len(args) > 2 or any(type(arg) is str and len(arg) > MAX_DEVICE for arg in args):
        raise DamagedFile("has a device that is none")
    return ":".join(str(arg) for arg in args if type(arg) in (str, int))


def _state(args: Tuple, budget: Budget) -> StateNode:
    if args:
        raise UnsafePickle("makes a Namespace with arguments")
    return StateNode()


def _object(args: Tuple, budget: Budget) -> StateNode:
    """copy_reg._reconstructor(Namespace, object, None): how pickle protocol 2 and older make a plain
    object.
    """
    if len(args) != 3 or args[0] is not NAMESPACE or args[1] is not OBJECT or args[2] is not None:
        raise UnsafePickle("reconstructs an object that no checkpoint holds")
    return StateNode()


NAMESPACE = Name("Namespace", _state)
OBJECT = Name("object")

ALLOWED: Dict[Tuple[str, str], Name] = {
    ("torch._utils", "_rebuild_tensor"): Name("_rebuild_tensor", rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): Name("_rebuild_tensor_v2", rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): Name("_rebuild_parameter", _parameter),
    ("torch", "Size"): Name("Size", _size),
    ("torch", "device"): Name("device", _device),
    ("collections", "OrderedDict"): Name("OrderedDict", _mapping),
    ("collections", "defaultdict"): Name("defaultdict", _mapping),
    ("argparse", "Namespace"): NAMESPACE,
    ("copy_reg", "_reconstructor"): Name("_reconstructor", _object),
    ("copyreg", "_reconstructor"): Name("_reconstructor", _object),
}
for _builtins in ("builtins", "__builtin__"):
    ALLOWED[_builtins, "object"] = OBJECT
    ALLOWED[_builtins, "dict"] = Name("dict")

TorchMachine.classes = (NAMESPACE,)
TorchMachine.opcodes = dict(Machine.opcodes)
TorchMachine.opcodes[b"Q"] = TorchMachine.persistent
