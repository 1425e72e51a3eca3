"""Independent component analysis by scikit-learn's FastICA."""

from __future__ import annotations

import warnings

import numpy as np

from ganspace_tf.decomposition.held import HeldEstimator
from ganspace_tf.decomposition.pca import top_eigenvectors
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.errors import UsageError

MAX_ITERATIONS = 10000


class ICA(HeldEstimator):
    """FastICA (Hyvärinen, Oja 2000) with log-cosh contrast, parallel, random_state 0.

    Rows are whitened here and FastICA is told so: its own option has changed its name and its scale between
    the releases of scikit-learn in use, and its whitening has the signs that LAPACK happens to give.
    """

    name = "ica"
    summary = "independent components (FastICA); holds all rows in memory"

    def fit(self, x: np.ndarray) -> np.ndarray:
        from sklearn.decomposition import FastICA
        from sklearn.exceptions import ConvergenceWarning

        values, vectors = top_eigenvectors(Scatter.of(x).scatter / len(x), self.components)
        if not values[-1] > values[0] * 1e-10:
            raise UsageError("components={}: the rows span fewer dimensions".format(self.components))
        whiten = vectors / np.sqrt(values)[:, None]  # (K, F)
        white = np.concatenate([x[i : i + 2048] @ whiten.T for i in range(0, len(x), 2048)])  # (N, K) float64
        start = np.random.RandomState(0).normal(size=(self.components, self.components))
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                model = FastICA(whiten=False, max_iter=MAX_ITERATIONS, w_init=start, random_state=0).fit(
                    white
                )
            except ConvergenceWarning:
                raise UsageError(
                    "ica did not converge in {} iterations; use more rows or fewer components".format(
                        MAX_ITERATIONS
                    )
                ) from None
        return model.components_ @ whiten
