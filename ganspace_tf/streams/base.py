"""The contract of a stream of normal numbers: an integer seed, then draws that follow one another."""

from __future__ import annotations

import operator
from typing import Tuple

import numpy as np

from ganspace_tf.errors import UsageError

#: The largest single draw: what one launch of the original programs can address with 31-bit indices.
MAX_ELEMENTS = 2**31 - 1


class NormalStream:
    """A seeded generator of standard normal numbers that goes on from draw to draw as the original does.

    Subclasses say their `name`, the `seed_limit` (seeds are 0 .. seed_limit - 1), the `dtypes` that the
    original draws, the `options` they take, and how a flat array of n numbers is drawn (`_draw`).
    """

    name = ""
    seed_limit = 2**64
    dtypes: Tuple[str, ...] = ("float32", "float64")
    options: Tuple[str, ...] = ()

    def __init__(self, seed):
        self.seed = checked_seed(seed, self.seed_limit, self.name)

    def normal(self, shape, dtype=np.float32) -> np.ndarray:
        """The next prod(shape) numbers, N(0, 1), C order.

        shape: a tuple of sizes of at least 1 (or one size; () is a single number of no dimensions).
        dtype: float32 or float64, where the original generator has both: they are different numbers.
        Raises UsageError for anything else; nothing is drawn then.
        """
        shape = checked_shape(shape)
        kind = self._checked_dtype(dtype)
        return self._draw(element_count(shape), kind).reshape(shape)

    def _draw(self, count: int, dtype: np.dtype) -> np.ndarray:
        raise NotImplementedError

    def _checked_dtype(self, dtype) -> np.dtype:
        try:
            kind = np.dtype(dtype)
        except TypeError:
            kind = None
        if kind is None or kind.name not in self.dtypes or not kind.isnative:
            raise UsageError(
                "the {} stream draws {}, not {}".format(self.name, " or ".join(self.dtypes), dtype)
            )
        return kind


def checked_seed(seed, limit: int, name: str) -> int:
    """seed as a Python int in [0, limit), or UsageError. Booleans are not seeds; NumPy integers are."""
    try:
        if isinstance(seed, (bool, np.bool_)):
            raise TypeError
        value = operator.index(seed)
    except TypeError:
        raise UsageError("a seed is a whole number of 0 or more, not {!r}".format(seed)) from None
    if not 0 <= value < limit:
        raise UsageError("seed {} is out of range: {} takes 0 to {}".format(value, name, limit - 1))
    return value


def checked_shape(shape) -> tuple:
    """shape as a tuple of Python ints, each at least 1 and together at most MAX_ELEMENTS, or UsageError."""
    try:
        sizes = (operator.index(shape),) if np.ndim(shape) == 0 else tuple(operator.index(s) for s in shape)
    except TypeError:
        raise UsageError("a shape is a tuple of whole numbers, not {!r}".format(shape)) from None
    if any(size < 1 for size in sizes):
        raise UsageError("every size of a shape is at least 1, got {}".format(sizes))
    if element_count(sizes) > MAX_ELEMENTS:
        raise UsageError(
            "shape {} has more than {} numbers, the most one draw can give".format(sizes, MAX_ELEMENTS)
        )
    return sizes


def element_count(shape: tuple) -> int:
    """The product of the sizes as a Python int, which cannot overflow; 1 for ()."""
    count = 1
    for size in shape:
        count *= size
    return count
