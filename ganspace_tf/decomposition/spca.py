"""Sparse principal components by scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any, Dict

import numpy as np

from ganspace_tf.decomposition.held import HeldEstimator
from ganspace_tf.errors import UsageError
from ganspace_tf.fields import fits
from nvlabs.reading.shown import show

RIDGE = 0.01
ITERATIONS = 100


class SparsePCA(HeldEstimator):
    """SparsePCA (Zou, Hastie, Tibshirani 2006; Jenatton et al. 2009), components normalised.

    sparsity: weight of the L1 penalty, scikit-learn's alpha; more gives more zeros. stdev is that of the
    codes (a ridge regression on the components, which are not orthogonal), as in the original.
    """

    name = "spca"
    summary = "sparse PCA (slow; option sparsity); holds all rows in memory"
    options: Dict[str, Any] = {"sparsity": 1.0}

    @classmethod
    def checked_options(cls, options: Dict[str, Any]) -> Dict[str, Any]:
        found = super().checked_options(options)
        sparsity = found["sparsity"]
        if not fits(sparsity, float) or sparsity < 0:
            raise UsageError("sparsity={} is not a number of at least 0".format(show(sparsity)))
        return dict(found, sparsity=float(sparsity))

    def fit(self, x: np.ndarray) -> np.ndarray:
        from sklearn.decomposition import SparsePCA as Model
        from sklearn.exceptions import ConvergenceWarning

        sparsity = self.settings["sparsity"]
        model = Model(n_components=self.components, alpha=sparsity, ridge_alpha=RIDGE,
                      max_iter=ITERATIONS, random_state=0)  # fmt: skip
        with warnings.catch_warnings():
            # a hundred iterations are the method here, as in the original, converged or not
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(x).components_

    def spread(self, x: np.ndarray, components: np.ndarray) -> np.ndarray:
        gram = components @ components.T + RIDGE * np.eye(len(components))
        codes = np.linalg.solve(gram, components @ x.T.astype(np.float64))
        return codes.std(axis=1, ddof=1)
