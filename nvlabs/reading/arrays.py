"""From an array as a file writes it to float32 in memory, and nothing but numbers."""

from __future__ import annotations

from typing import Any, Tuple

import numpy as np

from nvlabs.errors import DamagedFile, VariableMismatch
from nvlabs.reading.budget import Budget
from nvlabs.reading.pickle_values import ArrayNode
from nvlabs.reading.shown import show_shape

FLOATS = {"f2": 2, "f4": 4, "f8": 8}
# Allowed as values of static arguments, where numpy integers and flags turn up.
NUMBERS = dict(FLOATS, b1=1, i1=1, i2=2, i4=4, i8=8, u1=1, u2=2, u4=4, u8=8)
KINDS = {"O": "Python objects", "U": "text", "S": "byte strings", "V": "records", "c": "complex numbers"}
KINDS.update({"i": "integers", "u": "integers", "b": "truth values", "M": "dates", "m": "time spans"})

MAX_AXES = 32
MAX_ELEMENTS = 1 << 48  # axes of size 0 left out: NumPy multiplies sizes in 63 bits


def view(node: ArrayNode, allowed: dict, budget: Budget) -> np.ndarray:
    """The array as written (its own type and order), over the bytes of the file.

    Raises VariableMismatch for another type than `allowed`, DamagedFile where bytes and shape disagree.
    """
    dtype = node.dtype
    if dtype is None:
        raise DamagedFile("an array without contents")
    check_shape(node.shape)
    if dtype.code not in allowed:
        raise VariableMismatch(
            "holds %s (dtype %r); float32 is needed" % (KINDS.get(dtype.code[:1], "something"), dtype.code)
        )
    data = node.data
    if isinstance(data, str):  # Python 2 byte strings
        budget.spend(len(data))
        try:
            data = data.encode("latin1")
        except UnicodeEncodeError:
            raise DamagedFile("an array whose bytes are text") from None
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise DamagedFile("an array without bytes")
    count = element_count(node.shape)
    if len(data) != count * allowed[dtype.code]:
        raise DamagedFile(
            "an array of shape %s and type %s with %d bytes" % (show_shape(node.shape), dtype.code, len(data))
        )
    order = ">" if dtype.order == ">" else "<"
    flat = (
        np.frombuffer(data, dtype=np.dtype(order + dtype.code)) if data else np.zeros(0, order + dtype.code)
    )
    return flat.reshape(node.shape, order="F" if node.fortran else "C")


def element_count(shape: Tuple[int, ...]) -> int:
    """Product of a shape in Python integers, which cannot overflow."""
    count = 1
    for size in shape:
        count *= size
    return count


def check_shape(shape: Tuple[int, ...]) -> None:
    """Raises DamagedFile for a shape that NumPy cannot hold, be it for 0 elements."""
    if len(shape) > MAX_AXES or element_count(tuple(size for size in shape if size)) > MAX_ELEMENTS:
        raise DamagedFile("has the shape %s, which no array has" % show_shape(shape))


def float32(node: Any, budget: Budget) -> np.ndarray:
    """A variable's value: float32, C-contiguous, native byte order; 0-d for scalars and Python floats."""
    if type(node) is float:
        array = np.asarray(node)
    elif isinstance(node, ArrayNode):
        array = view(node, FLOATS, budget)
    else:
        raise VariableMismatch("holds a %s; an array of float32 is needed" % type(node).__name__)
    if array.dtype == np.float32 and array.dtype.isnative and array.flags.c_contiguous:
        return array
    budget.spend(4 * array.size)
    with np.errstate(over="ignore"):
        return array.astype(np.float32, order="C")
