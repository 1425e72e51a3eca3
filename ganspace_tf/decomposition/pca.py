"""Exact principal components of any number of rows, in one pass."""

from __future__ import annotations

from typing import Tuple

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.scatter import ScatterEstimator


class PCA(ScatterEstimator):
    """Eigenvectors of the covariance of all rows.

    Memory: F × F float64 matrices, whatever the number of rows. Time: one float32 product of F²
    multiplications a row, and at the end an eigen-decomposition of K vectors for the result and one of all F
    for what it states of its precision (`precision.measure`).
    """

    name = "pca"
    summary = "exact PCA of all rows in one pass"

    def directions(self) -> np.ndarray:
        return top_eigenvectors(self.state.scatter, self.components)[1]


def top_eigenvectors(matrix: np.ndarray, k: int) -> Tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues of a symmetric matrix, falling, and their eigenvectors: (k,), (k, F)."""
    size = len(matrix)
    values, vectors = linalg.eigh(matrix, subset_by_index=(size - k, size - 1))
    return values[::-1], np.ascontiguousarray(vectors[:, ::-1].T)
