"""Bare arrays: InterFaceGAN's boundaries, directions of the encoders and of StyleGAN, (D) to (1, L, D).

Also a dictionary or an .npz with one such array in it. An array has no name, no sigma and no usable
strengths: its own length is what a strength of 1 stands for, as the programs use it that share such files.
"""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np

from ganspace_tf.foreign.found import Found
from ganspace_tf.foreign.shapes import vectors

ARRAY = "array"  # begins what is said of the source


def recognises(value: Any) -> bool:
    """An array, or a dictionary or list with one array of numbers in it."""
    return _only_array(value) is not None


def read(value: Any) -> Found:
    """The directions in it. Raises FileError, without the file."""
    array = _only_array(value)
    shape = "({})".format(", ".join(map(str, array.shape)))  # type: ignore[union-attr]
    found = vectors(array)
    rows = found.rows.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if found.basis:
        assumed = "{} rows are directions of their own, v0 to v{}".format(len(rows), len(rows) - 1)
    elif len(rows) > 1:
        lengths = np.full((len(rows), 1), np.sqrt(np.mean(lengths**2)))
        assumed = "one direction with a row for each of {} layers".format(len(rows))
    else:
        assumed = "one direction" + (
            ", the same in all {} layers".format(found.layers) if found.layers else ""
        )
    return Found(
        (rows / lengths).astype(np.float32),
        lengths[:, 0].astype(np.float32),
        found.basis,
        ARRAY + " of shape " + shape,
        assumed + " of w; strength 1 is the array as it is",
        layers=found.layers,
    )


def _only_array(value: Any) -> Optional[np.ndarray]:
    if isinstance(value, np.ndarray):
        return value
    items: List[Any] = list(value.values()) if isinstance(value, dict) else []
    items = list(value) if isinstance(value, (list, tuple)) else items
    arrays = [item for item in items if isinstance(item, np.ndarray) and item.dtype.kind == "f" and item.ndim]
    return arrays[0] if len(arrays) == 1 else None
