"""The entries of a state dictionary, taken one by one, with their axes turned to the order of TensorFlow."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Mapping, Set, Tuple

import numpy as np

from nvlabs.errors import UnsupportedNetwork, VariableMismatch
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show, show_shape

MAX_SHOWN = 100  # characters of a name in a message


class Entries:
    """A state dictionary whose entries are taken one by one; what nobody took is named in the end.

    budget: charged once for each entry that is taken, since it is turned into another order or type.
    """

    def __init__(self, state: Mapping[str, Any], budget: Budget) -> None:
        self._state = state
        self._budget = budget
        self._taken: Set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._state

    def take(self, name: str, dims: int) -> np.ndarray:
        """The entry as a float32 array of so many dimensions; raises VariableMismatch."""
        if name not in self._state:
            raise VariableMismatch("the entry %s is missing" % name)
        value = self._state[name]
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or value.ndim != dims:
            shape = show_shape(value.shape) if isinstance(value, np.ndarray) else show(value)
            raise VariableMismatch(
                "the entry %s is %s; %d dimensions of floats are needed" % (name, shape, dims)
            )
        self._taken.add(name)
        self._budget.spend(4 * value.size)
        with np.errstate(over="ignore"):
            return value.astype(np.float32, copy=False)

    def take_one(self, name: str, dims: int) -> np.ndarray:
        """Likewise, without a first axis that must have the size 1."""
        value = self.take(name, dims)
        if len(value) != 1:
            raise VariableMismatch("the entry %s has the shape %s; 1 comes first" % (name, list(value.shape)))
        return value[0]

    def check_constant(self, name: str, value: np.ndarray) -> None:
        """An entry that can only be this constant, if it is there; raises UnsupportedNetwork for another
        value.
        """
        if name not in self._state:
            return
        given = self._state[name]
        number = isinstance(given, np.ndarray) and given.dtype.kind == "f" and given.size == value.size
        if not number or not np.allclose(given.ravel(), value.ravel(), rtol=1e-4, atol=0):
            raise UnsupportedNetwork("the entry %s is not the filter that the published networks have" % name)
        self._taken.add(name)

    def check_all_taken(self) -> None:
        """Raises VariableMismatch for entries that no network of this kind has."""
        left = [name for name in self._state if name not in self._taken]
        if left:
            more = " and %d more" % (len(left) - 3) if len(left) > 3 else ""
            shown = ", ".join(str(name)[:MAX_SHOWN] for name in left[:3])
            raise VariableMismatch("entries that are not known: %s%s" % (shown, more))


def dense(weight: np.ndarray) -> np.ndarray:
    """(out, in) to (in, out)."""
    return np.ascontiguousarray(weight.T)


def convolution(weight: np.ndarray, flip: bool = False) -> np.ndarray:
    """(out, in, height, width) to (height, width, in, out); flip: turned by 180 degrees, as transposed ones
    are.
    """
    if flip:
        weight = weight[:, :, ::-1, ::-1]
    return np.ascontiguousarray(weight.transpose(2, 3, 1, 0))


def filter_2d(taps: Tuple[int, ...], gain: float = 1.0) -> np.ndarray:
    """The outer product of taps with themselves, with a sum of gain."""
    row = np.array(taps, np.float64)
    return np.outer(row, row) * (gain / row.sum() ** 2)


def dense_layers(entries: Entries, pattern: str, first: int = 0) -> "OrderedDict[str, np.ndarray]":
    """Dense<i>/weight and Dense<i>/bias from entries pattern % first, pattern % (first + 1), … as far as
    there are any.
    """
    variables: "OrderedDict[str, np.ndarray]" = OrderedDict()
    index = 0
    while (pattern % (first + index)) + ".weight" in entries:
        name = pattern % (first + index)
        variables["Dense%d/weight" % index] = dense(entries.take(name + ".weight", 2))
        variables["Dense%d/bias" % index] = entries.take(name + ".bias", 1)
        index += 1
    return variables
