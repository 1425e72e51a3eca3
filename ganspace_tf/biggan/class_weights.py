"""Class arguments as weights: indices, names, mixtures, one for each sample or for each layer."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ganspace_tf.biggan.class_words import class_index, class_vector, is_mixture
from ganspace_tf.biggan.classes import ClassNames, checked_index, default_class
from ganspace_tf.errors import UsageError


def class_weights(
    classes: Any, n: int, n_layers: int, n_classes: int, names: Optional[ClassNames], nearest: bool = False
) -> np.ndarray:
    """A class argument as weights, (n, 1 | n_layers, n_classes) float32.

    classes: None (`default_class`); an index, a name or a mixture in text (see `class_words`); a list of n
    (or 1) of them; a list of n (or 1) lists with one for every layer; or weights of shape (n_classes,),
    (n | 1, n_classes) or (n | 1, n_layers, n_classes): mixtures, anything real. nearest: see
    `ClassNames.index`. Raises UsageError, UnknownName.
    """
    if classes is None:
        classes = default_class(n_classes)
    mixed = _any_mixture(classes, names)
    indices = _plain(classes, n_classes, names, nearest, mixed)
    try:
        given = np.asarray(indices)
    except ValueError:
        raise UsageError("classes is a list of lists of different lengths") from None
    whole = given.dtype.kind in "iu"
    if mixed and given.ndim in (1, 2, 3) and given.shape[-1] == n_classes:
        given = given.reshape(-1, 1, n_classes) if given.ndim < 3 else given
    elif whole and not (given.ndim > 1 and given.shape[-1] == n_classes != n_layers):
        # one index for all or one a sample; with two axes one for every layer
        given = _one_hot(given.reshape(-1, 1) if given.ndim < 2 else given, n_classes)
    elif given.ndim in (1, 2) and given.shape[-1] == n_classes:
        given = given.reshape(-1, 1, n_classes)
    fits = given.ndim == 3 and given.shape[0] in (1, n) and given.shape[1] in (1, n_layers)
    if given.dtype.kind not in "iuf" or not fits or given.shape[2] != n_classes:
        text = "classes of shape {} do not fit {} images; allowed: an index or a name, {} of them, "
        text += "{} lists of {}, or weights of shape ({}, {}) or ({}, {}, {})"
        sizes = (np.shape(classes), n, n, n, n_layers, n, n_classes, n, n_layers, n_classes)
        raise UsageError(text.format(*sizes))
    if not np.isfinite(given).all():
        raise UsageError("class weights hold NaN or infinity")
    return np.broadcast_to(given.astype(np.float32, copy=False), (n,) + given.shape[1:])


def _is_list(classes: Any) -> bool:
    return isinstance(classes, (list, tuple)) or (
        isinstance(classes, np.ndarray) and classes.dtype.kind in "UO"
    )


def _any_mixture(classes: Any, names: Optional[ClassNames]) -> bool:
    """Whether a text in the argument or in its lists stands for weights."""
    if isinstance(classes, str):
        return is_mixture(classes, names)
    return _is_list(classes) and any(_any_mixture(one, names) for one in classes)


def _plain(classes: Any, n_classes: int, names: Optional[ClassNames], nearest: bool, mixed: bool) -> Any:
    """The argument with every name in its lists replaced: by its index, or where one of them is a mixture
    all of them by weights.
    """
    if _is_list(classes):
        return [_plain(one, n_classes, names, nearest, mixed) for one in classes]
    if mixed and isinstance(classes, (str, int, np.integer)):
        one = classes if isinstance(classes, str) else int(classes)
        return class_vector(one, n_classes, names, nearest)
    return class_index(classes, n_classes, names, nearest) if isinstance(classes, str) else classes


def _one_hot(index: np.ndarray, n_classes: int) -> np.ndarray:
    """(…,) whole numbers → (…, n_classes) float32. Raises UsageError for an index that is no class."""
    for value in index.reshape(-1):
        checked_index(int(value), n_classes)
    weights = np.zeros(index.shape + (n_classes,), np.float32)
    np.put_along_axis(weights, index[..., np.newaxis].astype(np.int64), 1, axis=-1)
    return weights
