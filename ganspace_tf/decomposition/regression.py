"""From directions of an endpoint back to latents, by least squares (Härkönen et al. 2020, section 2.2)."""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from ganspace_tf.decomposition.base import Accumulator, Arrays, Basis, unit_rows
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.errors import UsageError


class LatentDirections(NamedTuple):
    """What a regression found, in float64."""

    directions: np.ndarray  # (K, D) unit rows
    mean: np.ndarray  # (D,) of the latents
    stdev: np.ndarray  # (K,) of the latents along the directions


class _State(NamedTuple):
    squares: np.ndarray  # (K, K) A^T A
    products: np.ndarray  # (K, D) A^T Z
    latents: Scatter


class Regression(Accumulator):
    """Least squares without intercept of A M = Z, A = ((rows - mean)·components^T) / stdev, Z the latents.

    Row k of M is the change of the latents that goes with one sigma of component k. Only A^T A and A^T Z are
    kept, so memory does not grow with the rows; in float64 this loses nothing, since the columns of A have
    about equal lengths. Raises UsageError for a component without variance.
    """

    def __init__(self, basis: Basis, width: int):
        if not (basis.stdev > 0).all():
            flat = int(np.argmin(basis.stdev > 0))
            raise UsageError("component {} has no variance; ask for at most {} components".format(flat, flat))
        self.basis = basis
        k = len(basis.components)
        self.state = _State(np.zeros((k, k)), np.zeros((k, width)), Scatter.empty(width))

    @property
    def rows(self) -> int:
        return self.state.latents.rows

    def update(self, block: Tuple[np.ndarray, np.ndarray]) -> None:
        self.absorb(self.part(block))

    def part(self, block: Tuple[np.ndarray, np.ndarray]) -> _State:
        x, latents = block  # (N, F), (N, D)
        basis = self.basis
        centred = x - basis.mean.astype(x.dtype)
        scores = (centred @ basis.components.T.astype(x.dtype)).astype(np.float64) / basis.stdev  # (N, K)
        return _State(scores.T @ scores, scores.T @ latents.astype(np.float64), Scatter.of(latents))

    def absorb(self, part: _State) -> None:
        old = self.state
        self.state = _State(
            old.squares + part.squares,
            old.products + part.products,
            old.latents.merge(part.latents),
        )

    def context(self) -> Arrays:
        basis = self.basis
        return {"components": basis.components, "mean": basis.mean, "stdev": basis.stdev}

    def finish(self) -> LatentDirections:
        """Unit directions, and mean and spread of the latents that were seen."""
        solved = np.linalg.lstsq(self.state.squares, self.state.products, rcond=None)[0]
        directions = unit_rows(solved)
        return LatentDirections(
            directions, self.state.latents.mean, self.state.latents.stdev_along(directions)
        )

    def arrays(self) -> Arrays:
        return {
            "rows": np.array(self.rows),
            "squares": self.state.squares,
            "products": self.state.products,
            "mean": self.state.latents.mean,
            "scatter": self.state.latents.scatter,
        }

    def restore(self, arrays: Arrays) -> None:
        latents = Scatter(int(arrays["rows"]), arrays["mean"], arrays["scatter"])
        self.state = _State(arrays["squares"], arrays["products"], latents)
