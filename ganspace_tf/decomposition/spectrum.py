"""Eigenvalues and eigenvectors of a covariance, as many as a result and what is said of it take."""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.scatter import Scatter

OUTSIDE = 1024  # directions beyond the K whose turning into them is looked at one by one


class Spectrum(NamedTuple):
    """The strongest J directions of F, J = min(F, K + OUTSIDE).

    k: K, components wanted. values: (J,) variances along them, falling. vectors: (J, F) unit rows. rest: sum
    of the F - J variances that are left, each at most values[-1].
    """

    k: int
    values: np.ndarray
    vectors: np.ndarray
    rest: float

    @classmethod
    def of(cls, state: Scatter, k: int) -> Spectrum:
        """One decomposition for everything that is said of the first k components."""
        size = len(state.mean)
        values, vectors = top_eigenvectors(state.scatter, min(size, k + OUTSIDE))
        rest = 0.0 if len(values) == size else max(0.0, float(np.trace(state.scatter) - values.sum()))
        return cls(k, values / (state.rows - 1), vectors, rest / (state.rows - 1))

    def directions(self) -> np.ndarray:
        """(K, F) unit rows, float64."""
        return self.vectors[: self.k]


def top_eigenvectors(matrix: np.ndarray, k: int) -> Tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues of a symmetric matrix, falling, and their eigenvectors: (k,), (k, F)."""
    size = len(matrix)
    values, vectors = linalg.eigh(matrix, subset_by_index=(size - k, size - 1))
    return values[::-1], np.ascontiguousarray(vectors[:, ::-1].T)
