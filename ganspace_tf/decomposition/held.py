"""Estimators that must see all rows at once, and the bound on how many."""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np

from ganspace_tf.decomposition.base import Basis, Estimator, check_finite, measured, unit_rows
from ganspace_tf.errors import UsageError

MAX_NUMBERS = 2**29  # N · F float32 numbers: 2 GiB, held twice at the peak


class HeldEstimator(Estimator):
    """Collects the rows; subclasses write `fit`. Not resumable: an interrupted run starts again."""

    resumable = False

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        super().__init__(components, features, rng, **options)
        self.state: List[np.ndarray] = []

    @property
    def rows(self) -> int:
        return sum(len(block) for block in self.state)

    def expect(self, n: int, block: int) -> None:
        if n * self.features > MAX_NUMBERS:
            raise UsageError(
                "estimator {} holds all rows in memory; n={} × {} numbers are too many, at most n={}".format(
                    self.name, n, self.features, MAX_NUMBERS // self.features
                )
            )

    def update(self, x: np.ndarray) -> None:
        check_finite(x)
        self.state = self.state + [x]

    def fit(self, x: np.ndarray) -> np.ndarray:
        """Directions (K, F) of any length in centred rows x (N, F)."""
        raise NotImplementedError

    def spread(self, x: np.ndarray, components: np.ndarray) -> np.ndarray:
        """(K,) standard deviation of the centred rows along each unit component."""
        return (x @ components.T.astype(x.dtype)).std(axis=0, dtype=np.float64, ddof=1)

    def finish(self) -> Basis:
        x = np.concatenate(self.state)
        mean = x.mean(axis=0, dtype=np.float64)
        x -= mean.astype(x.dtype)
        components = unit_rows(self.fit(x), hint=" or a smaller sparsity")
        total = float(np.square(x).sum(axis=0, dtype=np.float64).sum()) / (len(x) - 1)
        return measured(components, mean, self.spread(x, components), total)
