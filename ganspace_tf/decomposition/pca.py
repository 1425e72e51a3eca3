"""Exact principal components of any number of rows, in one pass."""

from __future__ import annotations

import numpy as np

from ganspace_tf.decomposition.base import Basis
from ganspace_tf.decomposition.scatter import ScatterEstimator
from ganspace_tf.decomposition.spectrum import Spectrum, top_eigenvectors


class PCA(ScatterEstimator):
    """Eigenvectors of the covariance of all rows.

    Memory: F × F float64 matrices, whatever the number of rows. Time: one float32 product of F²
    multiplications a row, and at the end one eigen-decomposition.
    """

    name = "pca"
    summary = "exact PCA of all rows in one pass"

    def directions(self) -> np.ndarray:
        return top_eigenvectors(self.state.scatter, self.components)[1]

    def spectrum(self) -> Spectrum:
        """What `precision.measure` looks at, and `finish_from` makes the basis of."""
        return Spectrum.of(self.state, self.components)

    def finish_from(self, spectrum: Spectrum) -> Basis:
        """`finish` without decomposing a second time."""
        return self.basis_along(spectrum.directions())
