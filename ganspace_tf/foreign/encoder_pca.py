"""`ffhq_pca.pt` of the encoders (e4e and its kin): GANSpace's components as comp (K, 1, D), mean, std (K)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganspace_tf.errors import FileError
from ganspace_tf.foreign.found import Found
from ganspace_tf.foreign.shapes import check_size, told

KEYS = ("comp", "mean", "std")


def recognises(value: Any) -> bool:
    """A dictionary with comp, mean and std."""
    return isinstance(value, dict) and all(key in value for key in KEYS)


def read(value: Any) -> Found:
    """The components as a basis with its mean. Raises FileError, without the file."""
    arrays = []
    for key in KEYS:
        array = value[key]
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            raise FileError("{} is an array of floats, not {}".format(key, told(array)))
        check_size(array)
        if not np.isfinite(array).all():
            raise FileError("{} holds NaN or infinity".format(key))
        arrays.append(array.astype(np.float64))
    comp, mean, std = arrays
    rows = comp.reshape(-1, comp.shape[-1]) if comp.ndim in (2, 3) and comp.size else np.zeros((0, 0))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    fit = len(rows) == comp.shape[0] == std.size and mean.size == rows.shape[-1] if comp.ndim else False
    if not fit or not lengths.all() or (std < 0).any():
        raise FileError(
            "comp {}, mean {} and std {} do not fit each other; (K, 1, D), (1, D) and (K) do".format(
                comp.shape, mean.shape, std.shape
            )
        )
    return Found(
        (rows / lengths).astype(np.float32),
        (std.ravel() * lengths[:, 0]).astype(np.float32),
        True,
        "comp, mean and std of an encoder's PCA",
        "directions of w in sigmas of the file",
        in_sigmas=True,
        mean=mean.ravel().astype(np.float32),
    )
