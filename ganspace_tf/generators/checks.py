"""What the arguments of a generator may be. Each function returns its argument in the form the code uses,
or raises UsageError with one line that says what was given and what is allowed."""

from __future__ import annotations

import numbers
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.biggan.class_words import class_vector
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.fields import fits
from nvlabs.reading.shown import show

MAX_SEED = 2**32 - 1  # what NumPy's legacy RandomState takes; one rule for every kind of seed
MAX_COUNT = 10**12  # samples: a month's work on a fast machine
COMPAT = ("ganspace",)


def integer(what: str, value: Any) -> int:
    """An int from an int or a NumPy integer; True and 3.0 are refused."""
    if isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_)):
        return int(value)
    raise UsageError("{} {} is not a whole number".format(what, show(value)))


def seed(value: Any) -> int:
    """A seed: a whole number from 0 to 2**32-1."""
    number = integer("seed", value)
    if not 0 <= number <= MAX_SEED:
        raise UsageError("seed {} is outside 0 … {}".format(show(number), MAX_SEED))
    return number


def seeds(values: Any) -> List[int]:
    """At least one seed, from one number or any sequence of numbers."""
    if isinstance(values, (str, bytes)):
        raise UsageError("seeds {!r} is text; give a list of whole numbers".format(values))
    given = list(values) if np.iterable(values) else [values]
    if not given:
        raise UsageError("seeds is empty; give at least one whole number from 0 to {}".format(MAX_SEED))
    return [seed(value) for value in given]


def count(what: str, value: Any, least: int = 1, most: int = MAX_COUNT) -> int:
    """A whole number of at least `least` and at most `most`."""
    number = integer(what, value)
    if number < least:
        raise UsageError("{}={} is too small; at least {}".format(what, show(number), least))
    if number > most:
        raise UsageError("{}={} is too large; at most {:,}".format(what, show(number), most))
    return number


def compat(value: Optional[str]) -> Optional[str]:
    """None or "ganspace"."""
    if value is not None and value not in COMPAT:
        raise UnknownName.among("compat", value, COMPAT, "or None for this project's own stream")
    return value


def psi(value: Any) -> Optional[float]:
    """None or a finite number; text, booleans and arrays are refused."""
    if value is None:
        return None
    if not fits(value, float):
        raise UsageError(
            "psi={} is not a finite number (usually 0 … 1; None or 1: no truncation)".format(show(value))
        )
    return float(value)


def cutoff(value: Any, n_layers: int) -> Optional[int]:
    """None (all layers) or how many of the first layers are truncated, 0 … L."""
    if value is None:
        return None
    number = integer("cutoff", value)
    if not 0 <= number <= n_layers:
        raise UsageError(
            "cutoff={} is outside 0 … {} (layers of this network; without it: all)".format(number, n_layers)
        )
    return number


def floats(what: str, values: Any) -> np.ndarray:
    """A float32 array without NaN or infinity."""
    try:
        array = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
        raise UsageError("{} is not an array of numbers ({})".format(what, type(values).__name__)) from None
    if not np.isfinite(array).all():
        raise UsageError(
            "{} holds {} values that are NaN or infinite".format(what, int((~np.isfinite(array)).sum()))
        )
    return array


def rows(what: str, values: Any, width: int) -> np.ndarray:
    """(N, width) float32, N at least 1."""
    array = floats(what, values)
    if array.ndim != 2 or array.shape[1] != width or not len(array):
        raise UsageError("{} has shape {}; allowed: (N, {})".format(what, array.shape, width))
    return array


def layers(values: Any, n_layers: int, width: int) -> np.ndarray:
    """(N, L, width) float32 from (N, L, width) or (N, width), which is repeated (as a read-only view)."""
    array = floats("w", values)
    if array.ndim == 2 and array.shape[1] == width and len(array):
        return np.broadcast_to(array[:, None, :], (len(array), n_layers, width))
    if array.ndim != 3 or array.shape[1:] != (n_layers, width) or not len(array):
        shape = (array.shape, width, n_layers, width)
        raise UsageError("w has shape {}; allowed: (N, {}), or one row per layer (N, {}, {})".format(*shape))
    return array


def transform(value: Any, n: int, generator: Any) -> Optional[np.ndarray]:
    """(n, 3, 3) from one matrix for all n images or one for each; None stays None."""
    if value is None:
        return None
    if not generator.takes_transform:
        text = "{} takes no transform: only StyleGAN3 networks can move their input"
        raise UsageError(text.format(generator.name))
    array = floats("transform", value)
    if array.shape not in ((3, 3), (1, 3, 3), (n, 3, 3)):
        raise UsageError("transform has shape {}; allowed: (3, 3) or ({}, 3, 3)".format(array.shape, n))
    return np.broadcast_to(array, (n, 3, 3))


def labels(values: Any, n: int, n_classes: int) -> Optional[np.ndarray]:
    """(n, n_classes) float32 weights from a class index, n indices, or weights (n | 1, n_classes); None
    stays None. Text is read as `biggan.class_words` says: "3", "0:0.5+1:0.5", "none"."""
    if values is None:
        return None
    if not n_classes:
        raise UsageError("labels={!r}: this network is unconditional, it has no classes".format(values))
    given = [values] if isinstance(values, str) else values
    if isinstance(given, (list, tuple)) and any(isinstance(value, str) for value in given):
        if len(given) not in (1, n):
            raise UsageError("{} classes for {} latents; give one, or one for each".format(len(given), n))
        values = np.stack([class_vector(value, n_classes, None) for value in given])
    array = floats("labels", values)
    if array.ndim == 2 and array.shape[1] == n_classes and len(array) in (1, n):
        return np.ascontiguousarray(np.broadcast_to(array, (n, n_classes)))
    if array.ndim > 1 or array.size not in (1, n) or np.asarray(values).dtype.kind not in "iu":
        form = "a class index, {} indices, or weights of shape ({}, {})".format(n, n, n_classes)
        raise UsageError(
            "labels of shape {} ({}); allowed: {}".format(array.shape, np.asarray(values).dtype, form)
        )
    index = np.broadcast_to(np.asarray(values).reshape(-1), (n,))
    wrong = [int(i) for i in index if not 0 <= i < n_classes]
    if wrong:
        raise UsageError("class index {} is outside 0 … {}".format(wrong[0], n_classes - 1))
    return np.eye(n_classes, dtype=np.float32)[index]
