"""The closed list of names that a network pickle may use, and the inert values that they become here.

Nothing in a file is ever imported or called: each allowed name stands for a few lines below, written for that
name alone, which check their arguments and give plain data. Everything else is refused with a reason.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

from nvlabs.errors import DamagedFile, NetworkFileError, UnsafePickle, UnsupportedNetwork
from nvlabs.reading import foreign
from nvlabs.reading.budget import ENTRY, Budget

PLAIN_KEYS = (str, int, bool)


class Name:
    """An allowed global, as it lies on the stack before it is called."""

    def __init__(self, label: str, call: Optional[Callable[[Tuple, Budget], Any]] = None) -> None:
        self.label = label
        self.call = call


class NetworkNode:
    """A `dnnlib.tflib.network Network`: its state dictionary, set once by BUILD."""

    def __init__(self) -> None:
        self.state: Optional[Dict[str, Any]] = None

    def set_state(self, state: Any) -> None:
        if not isinstance(state, dict) or self.state is not None:
            raise UnsafePickle("sets the state of a Network to something else than one dictionary")
        self.state = state


class DtypeNode:
    """A numpy dtype by its code, for example 'f4', and byte order, '<', '>' or '|'."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.order = "<"

    def set_state(self, state: Any) -> None:
        # numpy writes (version, byte order, subdtype, names, fields, size, alignment, flags[, metadata])
        simple = (
            isinstance(state, tuple) and len(state) == 8 and state[0] in (3, 4) and state[2:5] == (None,) * 3
        )
        if not simple or state[1] not in ("<", ">", "|", "="):
            raise UnsafePickle("holds an array type with fields, metadata or an unknown layout")
        self.order = "<" if state[1] == "=" else state[1]


class ArrayNode:
    """A numpy array or scalar as written: type, shape, raw bytes; not looked at before somebody needs it."""

    def __init__(self) -> None:
        self.dtype: Optional[DtypeNode] = None
        self.shape: Tuple[int, ...] = ()
        self.fortran = False
        self.data: Any = None

    def set_state(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5 or self.dtype is not None:
            raise DamagedFile("holds an array with an unknown kind of state")
        self.fill(state[2], state[1], bool(state[3]), state[4])

    def fill(self, dtype: Any, shape: Any, fortran: bool, data: Any) -> "ArrayNode":
        sizes_ok = (
            isinstance(shape, tuple) and len(shape) <= 32 and all(type(n) is int and n >= 0 for n in shape)
        )
        if not isinstance(dtype, DtypeNode) or not sizes_ok:
            raise DamagedFile("holds an array without a proper shape and type")
        self.dtype, self.shape, self.fortran, self.data = dtype, shape, fortran, data
        return self


def _wrong_arguments(label: str) -> NetworkFileError:
    return UnsafePickle("calls %s with arguments that no network file uses" % label)


def _array(args: Tuple, budget: Budget) -> ArrayNode:
    if len(args) != 3 or args[0] is not NDARRAY or args[1] != (0,) or args[2] not in (b"b", "b"):
        raise _wrong_arguments("numpy _reconstruct")
    return ArrayNode()


def _scalar(args: Tuple, budget: Budget) -> ArrayNode:
    if len(args) != 2 or not isinstance(args[1], (bytes, str)):
        raise _wrong_arguments("numpy scalar")
    return ArrayNode().fill(args[0], (), False, args[1])


def _from_buffer(args: Tuple, budget: Budget) -> ArrayNode:
    if len(args) != 4 or not isinstance(args[0], bytes) or args[3] not in ("C", "F"):
        raise _wrong_arguments("numpy _frombuffer")
    return ArrayNode().fill(args[1], args[2], args[3] == "F", args[0])


def _dtype(args: Tuple, budget: Budget) -> DtypeNode:
    simple = len(args) == 3 and isinstance(args[0], str) and len(args[0]) <= 8
    if not simple or type(args[1]) not in (int, bool) or type(args[2]) not in (int, bool):
        raise _wrong_arguments("numpy dtype")
    return DtypeNode(args[0])


def _encode(args: Tuple, budget: Budget) -> bytes:
    if len(args) != 2 or type(args[0]) is not str or args[1] not in ("latin1", "latin-1"):
        raise _wrong_arguments("_codecs encode")
    return latin1(args[0], budget)


def latin1(text: str, budget: Budget) -> bytes:
    """The bytes of text that was written for Python 2, where every character is a byte."""
    budget.spend(len(text))
    try:
        return text.encode("latin1")
    except UnicodeEncodeError:
        raise DamagedFile("holds bytes that were not written as latin1") from None


def _empty_bytes(args: Tuple, budget: Budget) -> bytes:
    if args:
        raise _wrong_arguments("bytes")
    return b""


def _mapping(args: Tuple, budget: Budget) -> Dict:
    """OrderedDict() or OrderedDict([(key, value), ...]); EasyDict() likewise."""
    pairs = args[0] if len(args) == 1 else []
    if len(args) > 1 or not isinstance(pairs, list):
        raise _wrong_arguments("a dictionary class")
    budget.spend(ENTRY * len(pairs))
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
        raise _wrong_arguments("a dictionary class")
    return {dictionary_key(key): value for key, value in pairs}


def _network(args: Tuple, budget: Budget) -> NetworkNode:
    if args:
        raise _wrong_arguments("Network")
    return NetworkNode()


def _reconstructor(args: Tuple, budget: Budget) -> NetworkNode:
    # how protocols 0 and 1 make an object without arguments
    if len(args) != 3 or args[0] is not NETWORK or args[1] is not OBJECT or args[2] is not None:
        raise _wrong_arguments("copy_reg _reconstructor")
    return NetworkNode()


def dictionary_key(key: Any) -> Any:
    """The key itself if it is a plain one; hashing anything nested could run away."""
    if type(key) not in PLAIN_KEYS:
        raise DamagedFile("has a dictionary with a key that is not text or a number")
    return key


NETWORK = Name("Network", _network)
NDARRAY = Name("ndarray")
OBJECT = Name("object")
DTYPE = Name("dtype", _dtype)
MAPPING = Name("dictionary", _mapping)
RECONSTRUCTOR = Name("_reconstructor", _reconstructor)
EMPTY_BYTES = Name("bytes", _empty_bytes)
# Made by NEWOBJ (class, no arguments); everything else is called by REDUCE.
CLASSES = (NETWORK, MAPPING)

ALLOWED: Dict[Tuple[str, str], Name] = {
    ("dnnlib.tflib.network", "Network"): NETWORK,
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): DTYPE,
    ("_codecs", "encode"): Name("encode", _encode),
    ("dnnlib.util", "EasyDict"): MAPPING,
    ("collections", "OrderedDict"): MAPPING,
    ("copy_reg", "_reconstructor"): RECONSTRUCTOR,
    ("copyreg", "_reconstructor"): RECONSTRUCTOR,
    ("__builtin__", "object"): OBJECT,
    ("builtins", "object"): OBJECT,
    ("__builtin__", "bytes"): EMPTY_BYTES,
    ("builtins", "bytes"): EMPTY_BYTES,
}
for _core in ("numpy.core", "numpy._core"):  # numpy 2 moved its insides
    ALLOWED[_core + ".multiarray", "_reconstruct"] = Name("_reconstruct", _array)
    ALLOWED[_core + ".multiarray", "scalar"] = Name("scalar", _scalar)
    ALLOWED[_core + ".numeric", "_frombuffer"] = Name("_frombuffer", _from_buffer)


def find_name(module: str, name: str) -> Name:
    """The stand-in for a global. Only exact names match: a dotted path never does.

    Raises UnsupportedNetwork for the classes of other editions, UnsafePickle for everything else.
    """
    if (module, name) in ALLOWED:
        return ALLOWED[module, name]
    if (module, name) == ("tfutil", "Network"):
        raise UnsupportedNetwork(
            "a Progressive GAN network (2018): it has no w space, so there is nothing to edit"
        )
    if (module, name) == ("network", "Network"):
        raise UnsupportedNetwork(
            "a Theano-era Progressive GAN network (2017), which no TensorFlow code reads"
        )
    if module.split(".")[0] == "torch":
        raise foreign.no_network("a pickle of PyTorch objects, none of them a network")
    raise foreign.refusal("%s.%s" % (module, name))
