"""Incremental PCA: the basis is cut to K components after every block, as scikit-learn and GANSpace do it.

The result depends on the block size. It is kept for parity with the original; `pca` is exact and faster.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.decomposition.base import Arrays, Basis, Estimator, check_finite, fix_signs
from ganspace_tf.decomposition.spectrum import top_eigenvectors


class _State(NamedTuple):
    rows: int
    mean: np.ndarray  # (F,)
    components: np.ndarray  # (k, F), k at most K
    squares: np.ndarray  # (k,) squared singular values
    total: float  # sum of squared distances of all rows from their mean


class IncrementalPCA(Estimator):
    """Ross et al. 2008 by Gram matrices, in float64.

    With C, S the basis so far and X the block centred on its own mean, the new basis is that of the rows
    [S·C; X; sqrt(n·m/(n+m))·(difference of the means)]. Instead of the SVD of that tall matrix, the
    eigenvectors of the smaller of its two products with itself are taken: F × F, or rows × rows where F is
    large.
    """

    name = "ipca"
    summary = "incremental PCA in blocks, as in the original; the block size matters"

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        super().__init__(components, features, rng, **options)
        self.state = _State(0, np.zeros(features), np.zeros((0, features)), np.zeros(0), 0.0)

    @property
    def rows(self) -> int:
        return self.state.rows

    def update(self, x: np.ndarray) -> None:
        check_finite(x)
        old, m = self.state, len(x)
        block_mean = x.mean(axis=0, dtype=np.float64)
        centred = x - block_mean
        rows = old.rows + m
        step = np.sqrt(old.rows * m / rows) * (old.mean - block_mean)
        total = old.total + float(np.einsum("nf,nf->", centred, centred)) + float(step @ step)
        squares, components = self._reduce(centred, step)
        mean = old.mean + (block_mean - old.mean) * (m / rows)
        self.state = _State(rows, mean, components, squares, total)

    def _reduce(self, centred: np.ndarray, step: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Squared singular values and right singular vectors of [S·C; centred; step], the first K."""
        old = self.state
        height = len(old.components) + len(centred) + 1
        k = min(self.components, height, self.features)
        if self.features <= height:
            gram = centred.T @ centred + np.outer(step, step)
            gram += (old.components.T * old.squares) @ old.components
            squares, components = top_eigenvectors(gram, k)
            return np.maximum(squares, 0), components
        stacked = np.concatenate([old.components * np.sqrt(old.squares)[:, None], centred, step[None]])
        squares, left = top_eigenvectors(stacked @ stacked.T, k)
        keep = squares > squares[0] * 1e-14  # directions that the rows do not span have no right vector
        squares, left = squares[keep], left[keep]
        return squares, (left @ stacked) / np.sqrt(squares)[:, None]

    def finish(self) -> Basis:
        state, k = self.state, len(self.state.components)
        components, squares = np.zeros((self.components, self.features)), np.zeros(self.components)
        components[:k], squares[:k] = fix_signs(state.components), state.squares
        share = squares / state.total if state.total > 0 else squares
        return Basis(components, state.mean, np.sqrt(squares / (state.rows - 1)), share)

    def arrays(self) -> Arrays:
        return {name: np.asarray(value) for name, value in self.state._asdict().items()}

    def restore(self, arrays: Arrays) -> None:
        self.state = _State(
            int(arrays["rows"]),
            arrays["mean"],
            arrays["components"],
            arrays["squares"],
            float(arrays["total"]),
        )
