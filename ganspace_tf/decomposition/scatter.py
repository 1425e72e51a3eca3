"""Count, mean and scatter matrix: all that a covariance needs to know of any number of rows.

Precision: block products run in float32 (twice as fast as float64), the sums over blocks are float64. A
float32 product of some thousand centred rows is right to about 1e-7 of the largest variance, and these
errors average out over blocks; rows are shifted by about their mean first, so a large mean costs no digits.
Eigenvalues down to about 1e-6 of the first are meaningful that way; `precision="float64"` is for spectra that
fall further.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

import numpy as np

from ganspace_tf.decomposition.base import Arrays, Basis, Estimator, check_finite, measured
from ganspace_tf.decomposition.gram import gram
from ganspace_tf.errors import UnknownName, UsageError

SLICE_ROWS = 4096  # rows of one float32 product; more would lose digits, fewer would lose speed
SENT_BYTES, MOST_SENT = 2**23, 16  # of parts that are sent at once, and how many
PRECISIONS = "float32", "float64"
MAX_FEATURES = 8192  # F × F float64 numbers are 512 MiB then, some four of them at the peak


class Scatter(NamedTuple):
    """Summary of any number of rows. `merge` is associative and commutative up to float64 rounding."""

    rows: int
    mean: np.ndarray  # (F,) float64
    scatter: np.ndarray  # (F, F) float64: sum of (x - mean)(x - mean)^T

    @classmethod
    def empty(cls, features: int) -> Scatter:
        """Summary of no rows."""
        return cls(0, np.zeros(features), np.zeros((features, features)))

    @classmethod
    def of(cls, x: np.ndarray) -> Scatter:
        """Summary of a block (N, F), N at least 1; float32 rows are multiplied in float32."""
        check_finite(x)
        shift = x[:SLICE_ROWS].mean(axis=0)  # any value near the mean will do
        rest = np.zeros(x.shape[1])
        total = np.zeros((x.shape[1], x.shape[1]))
        for start in range(0, len(x), SLICE_ROWS):
            centred = x[start : start + SLICE_ROWS] - shift
            total += gram(centred)
            rest += centred.sum(axis=0)
        rest /= len(x)  # mean of the shifted rows
        total -= np.outer(rest * len(x), rest)
        return cls(len(x), shift + rest, total)

    def merge(self, other: Scatter) -> Scatter:
        """Summary of both sets of rows (Chan, Golub, LeVeque 1979)."""
        if not self.rows or not other.rows:
            return other if other.rows else self
        rows = self.rows + other.rows
        delta = other.mean - self.mean
        total = self.scatter + other.scatter
        total += np.outer(delta * (self.rows * other.rows / rows), delta)
        return Scatter(rows, self.mean + delta * (other.rows / rows), total)

    def stdev_along(self, directions: np.ndarray) -> np.ndarray:
        """Standard deviation of the rows along directions (K, F) of any length: (K,)."""
        variance = np.einsum("kf,kf->k", directions @ self.scatter, directions) / (self.rows - 1)
        return np.sqrt(np.maximum(variance, 0))

    def total_variance(self) -> float:
        """Variance summed over the features."""
        return float(np.trace(self.scatter)) / (self.rows - 1)


class ScatterEstimator(Estimator):
    """An estimator for which the scatter matrix is enough. Subclasses write `directions`."""

    options: Dict[str, Any] = {"precision": "float32"}
    ordered = True  # by falling spread

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        super().__init__(components, features, rng, **options)
        if features > MAX_FEATURES:
            raise UsageError(
                "estimator {} sums a matrix of {} × {} numbers; allowed are at most {} features".format(
                    self.name, features, features, MAX_FEATURES
                )
            )
        self.state = Scatter.empty(features)
        self.carried = max(1, min(MOST_SENT, SENT_BYTES // (8 * features**2)))

    @classmethod
    def checked_options(cls, options: Dict[str, Any]) -> Dict[str, Any]:
        found = super().checked_options(options)
        if found["precision"] not in PRECISIONS:
            raise UnknownName.among("precision", found["precision"], PRECISIONS)
        return found

    @property
    def rows(self) -> int:
        return self.state.rows

    def update(self, x: np.ndarray) -> None:
        self.absorb(self.part(x))

    def part_bytes(self) -> int:
        return 3 * 8 * self.features**2

    def part(self, x: np.ndarray) -> Scatter:
        wide = self.settings["precision"] == "float64"
        return Scatter.of(x.astype(np.float64) if wide else x)

    def absorb(self, part: Scatter) -> None:
        self.state = self.state.merge(part)

    def directions(self) -> np.ndarray:
        """(K, F) unit rows, float64."""
        raise NotImplementedError

    def finish(self) -> Basis:
        return self.basis_along(self.directions())

    def basis_along(self, directions: np.ndarray) -> Basis:
        """The basis of unit rows (K, F): spread of the rows read so far along each."""
        stdev = self.state.stdev_along(directions)
        total = self.state.total_variance()
        return measured(directions, self.state.mean, stdev, total, self.ordered)

    def arrays(self) -> Arrays:
        return {"rows": np.array(self.state.rows), "mean": self.state.mean, "scatter": self.state.scatter}

    def restore(self, arrays: Arrays) -> None:
        self.state = Scatter(int(arrays["rows"]), arrays["mean"], arrays["scatter"])
