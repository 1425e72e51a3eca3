"""`factor.pt` of rosinality's port: closed-form factorisation (SeFa), a dictionary with `eigvec` (D, K).

The columns are directions of unit length, the strongest first. There is no sigma: strengths are multiples of
the columns, the port's `degree`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganspace_tf.errors import FileError
from ganspace_tf.foreign.found import Found
from ganspace_tf.foreign.shapes import check_size, told

KEY = "eigvec"


def recognises(value: Any) -> bool:
    """A dictionary with eigvec."""
    return isinstance(value, dict) and KEY in value


def read(value: Any) -> Found:
    """The columns as a basis. Raises FileError, without the file."""
    matrix = value[KEY]
    if not isinstance(matrix, np.ndarray) or matrix.dtype.kind != "f" or matrix.ndim != 2 or not matrix.size:
        raise FileError("eigvec is a matrix (D, K) of floats, not {}".format(told(matrix)))
    check_size(matrix)
    rows = matrix.T.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(rows).all() or not lengths.all():
        raise FileError("eigvec holds a column that is no direction")
    return Found(
        (rows / lengths).astype(np.float32),
        lengths[:, 0].astype(np.float32),
        True,
        "factor.pt of rosinality's port",
        "columns are directions of w; strength 1 is a column as it is (the port's degree 1)",
        facts={"checkpoint": value["ckpt"]} if isinstance(value.get("ckpt"), str) else {},
    )
