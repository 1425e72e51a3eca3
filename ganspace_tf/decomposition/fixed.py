"""Directions that do not come from the rows. These are read only to measure mean and spread along them."""

from __future__ import annotations

import numpy as np

from ganspace_tf.decomposition.base import unit_rows
from ganspace_tf.decomposition.scatter import ScatterEstimator


class FixedDirections(ScatterEstimator):
    """Base: the order is that of the directions, and few rows are read."""

    ordered = False
    max_rows = 50_000  # a standard deviation from so many rows is right to 0.3 %


class RandomDirections(FixedDirections):
    """Unit vectors in uniformly random directions, the baseline of the GANSpace paper. Not orthogonal."""

    name = "random"
    summary = "random unit directions, a baseline"

    def directions(self) -> np.ndarray:
        return random_directions(self.components, self.features, self.rng)


def random_directions(k: int, features: int, rng: np.random.RandomState) -> np.ndarray:
    """(k, F) unit rows of one legacy normal draw, as the original makes them."""
    return unit_rows(rng.normal(size=(k, features)))
