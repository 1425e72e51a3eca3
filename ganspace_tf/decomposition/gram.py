"""x^T x of rows, by the library that knows the processor: NumPy 1.18, the last for TensorFlow 1.15, has
OpenBLAS 0.3.7 of 2019, which runs kernels of 2007 on processors of today; SciPy 1.7 brings one of 2021.

Measured on one core of an AMD EPYC 7003, 4096 x 512 float32: NumPy 1.18.5 38 ms, SciPy 1.7.3 16 ms; NumPy 2.4
13 ms, SciPy 1.17 16 ms.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import get_blas_funcs

NEW_ENOUGH = (1, 20)  # versions of NumPy from there on have an OpenBLAS that is as new as SciPy's


def numpy_is_old(version: str = np.__version__) -> bool:
    """Whether SciPy has the newer library, whatever the processor is: bits are to hang on versions alone."""
    return tuple(int(part) for part in version.split(".")[:2]) < NEW_ENOUGH


def gram(x: np.ndarray) -> np.ndarray:
    """Rows (N, F), float32 or float64, to x^T x (F, F) of their type, symmetric to the bit."""
    if not numpy_is_old():
        return x.T @ x
    (product,) = get_blas_funcs(("syrk",), (x,))
    upper = product(1.0, x.T)  # zeros below the diagonal; rows in their usual order are not copied
    whole = upper + upper.T
    np.fill_diagonal(whole, upper.diagonal())
    return whole
