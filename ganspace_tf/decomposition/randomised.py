"""Randomised PCA (Halko, Martinsson, Tropp 2011) with the constants that the original gives to `fbpca`.

Two forms of one algorithm. `RandomisedPCA` works on the scatter matrix: one pass over the rows. `SketchPCA`
never forms an F × F matrix: it reads the rows again for every product, which is possible because rows are
addressed by number, and holds a few times F·L numbers, L = 2 K. It serves spaces that are too wide for a
scatter matrix.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Tuple

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.base import Arrays, Basis, Estimator, check_finite, measured
from ganspace_tf.decomposition.pca import top_eigenvectors
from ganspace_tf.decomposition.scatter import ScatterEstimator
from ganspace_tf.errors import UsageError

POWER_ITERATIONS = 2
OVERSAMPLING = 2  # L = 2 K columns
MAX_SKETCH = 2**27  # F · L numbers: 1 GiB of float64, some four of them at the peak


def start_matrix(features: int, components: int, rng: np.random.RandomState) -> np.ndarray:
    """(F, L) uniform numbers in [-1, 1], drawn and rounded as fbpca does it for float32 rows."""
    width = min(OVERSAMPLING * components, features)
    return rng.uniform(-1.0, 1.0, (features, width)).astype(np.float32).astype(np.float64)


def top_of_sketch(basis: np.ndarray, product: np.ndarray, k: int) -> Tuple[np.ndarray, np.ndarray]:
    """The k largest squared singular values of Q^T X and its right singular vectors: (k,), (k, F).

    basis: V (F, L); product: X^T X V (F, L); Q: an orthonormal basis of X·V. With V^T X^T X V = R^T R,
    Q = X V R^-1, so that Q^T X is R^-T (X^T X V)^T: no row of X is needed any more.
    """
    inner = basis.T @ product
    values, vectors = linalg.eigh((inner + inner.T) / 2)
    keep = values > values[-1] * 1e-12
    reduced = (product @ (vectors[:, keep] / np.sqrt(values[keep]))).T  # (l, F)
    _, singular, right = linalg.svd(reduced, full_matrices=False)
    if len(right) < k:
        raise UsageError("components={}: the rows span only {} dimensions".format(k, len(right)))
    return singular[:k] ** 2, right[:k]


class RandomisedPCA(ScatterEstimator):
    """Randomised PCA from the scatter matrix: close to exact PCA where the spectrum falls."""

    name = "fbpca"
    summary = "randomised PCA with two power iterations, as fbpca in the original"

    def directions(self) -> np.ndarray:
        if OVERSAMPLING * self.components >= self.features / 1.25:
            # a sketch of nearly the whole space is no saving: fbpca decomposes in full then
            return top_eigenvectors(self.state.scatter, self.components)[1]
        basis = start_matrix(self.features, self.components, self.rng)
        for _ in range(POWER_ITERATIONS):
            basis = linalg.qr(self.state.scatter @ basis, mode="economic")[0]
        return top_of_sketch(basis, self.state.scatter @ basis, self.components)[1]


class _State(NamedTuple):
    rows: int  # read over all passes
    in_pass: int  # rows of this pass
    shift: np.ndarray  # (F,) close to the mean; rows are taken relative to it
    basis: np.ndarray  # (F, L)
    product: np.ndarray  # (F, L) sum of (x - shift)(x - shift)^T basis in this pass
    rest: np.ndarray  # (F,) sum of x - shift in this pass
    squares: float  # sum of |x - shift|² in this pass


class SketchPCA(Estimator):
    """Randomised PCA without a scatter matrix. Reads all rows three times.

    Raises UsageError where F · L numbers would not fit (MAX_SKETCH): ask for fewer components then.
    """

    name = "fbpca"
    summary = RandomisedPCA.summary
    passes = POWER_ITERATIONS + 1

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        super().__init__(components, features, rng, **options)
        if features * components * OVERSAMPLING > MAX_SKETCH:
            most = MAX_SKETCH // (features * OVERSAMPLING)
            raise UsageError(
                "components={}: a space of {} dimensions allows at most {}".format(components, features, most)
            )
        basis, zeros = start_matrix(features, components, self.rng), np.zeros(features)
        self.state = _State(0, 0, zeros, basis, np.zeros_like(basis), zeros, 0.0)

    @property
    def rows(self) -> int:
        return self.state.rows

    def update(self, x: np.ndarray) -> None:
        old = self.state
        check_finite(x)
        shift = old.shift if old.rows else x.mean(axis=0, dtype=np.float64)
        centred = x - shift.astype(x.dtype)
        self.state = old._replace(
            rows=old.rows + len(x),
            in_pass=old.in_pass + len(x),
            shift=shift.astype(x.dtype).astype(np.float64),
            product=old.product + centred.T @ (centred @ old.basis.astype(x.dtype)),
            rest=old.rest + centred.sum(axis=0, dtype=np.float64),
            squares=old.squares + float(np.square(centred).sum(dtype=np.float64)),
        )

    def end_pass(self) -> None:
        if self.state.in_pass and self.state.rows < self.passes * self.state.in_pass:
            basis = linalg.qr(self._centred_product(), mode="economic")[0]
            self.state = self.state._replace(
                in_pass=0,
                basis=basis,
                product=np.zeros_like(basis),
                rest=np.zeros(self.features),
                squares=0.0,
            )

    def _centred_product(self) -> np.ndarray:
        state = self.state
        return state.product - np.outer(state.rest / state.in_pass, state.rest @ state.basis)

    def finish(self) -> Basis:
        state = self.state
        squares, components = top_of_sketch(state.basis, self._centred_product(), self.components)
        mean = state.shift + state.rest / state.in_pass
        total = (state.squares - float(state.rest @ state.rest) / state.in_pass) / (state.in_pass - 1)
        return measured(components, mean, np.sqrt(squares / (state.in_pass - 1)), total)

    def arrays(self) -> Arrays:
        return {name: np.asarray(value) for name, value in self.state._asdict().items()}

    def restore(self, arrays: Arrays) -> None:
        numbers: Dict[str, Any] = {name: int(arrays[name]) for name in ("rows", "in_pass")}
        numbers["squares"] = float(arrays["squares"])
        self.state = _State(**dict({name: arrays[name] for name in _State._fields}, **numbers))
