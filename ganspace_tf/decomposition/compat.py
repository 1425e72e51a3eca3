"""compat="ganspace": rows, blocks and measurements of the PyTorch original, so that numbers can be compared.

What it does differently from this project's own way, all of it kept:

* Latents come in batches of B, each from a seed drawn from a global stream; seed 0 means 1. They depend on B.
* n is cut to whole batches; blocks have max(B, 2000, 3 K) rows; the last block may read beyond n.
* Estimators that need all rows see rows of zeros behind them, because the original's array is too long.
* sigma in w is measured on 5000 new latents; it is population style (divided by N), but for ipca's own one.
* Regression uses new latents from seed 3, after one batch that the original spends on finding out a size;
  sigma in z is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np

from ganspace_tf.decomposition.base import Basis
from ganspace_tf.decomposition.fixed import random_directions
from ganspace_tf.decomposition.regression import LatentDirections
from ganspace_tf.decomposition.rows import LEGACY_SEEDS, NestedSample, Space
from ganspace_tf.decomposition.scheme import Scheme
from ganspace_tf.decomposition.settings import Settings

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

SEED_IF_ZERO = 1
SEED_RANDOM = 2
SEED_REGRESSION = 3
MEASURED = 5000  # rows for sigmas
LEAST_REGRESSION = 10000


class OriginalScheme(Scheme):
    """The original's rows. `filled` of them are real, the others zeros."""

    def __init__(self, gen: Generator, space: Space, settings: Settings):
        super().__init__(gen, space, settings)
        batch, n, block = settings.batch or 1, settings.n, settings.block
        self.filled = -(-n // block) * block
        self.rows = self.filled if settings.estimator == "ipca" else n + block
        self.sample = self._nested = NestedSample(gen, settings.seed or SEED_IF_ZERO, batch, settings.psi)
        self.batches_drawn = (n + block - 1) // batch + 1
        self._regression = NestedSample(gen, SEED_REGRESSION, batch, settings.psi)
        self.regression_rows = max(LEAST_REGRESSION, n) // batch * batch
        self.depends_on_n = self.rows > self.filled

    def rng(self) -> np.random.RandomState:
        """The global stream where the drawing of latents left it."""
        return self._nested.global_stream(self.batches_drawn)

    def draw(self, start: int, stop: int) -> Union[np.ndarray, int]:
        """Latents, or how many rows of zeros; a block never has both."""
        return self.sample.z(start, stop) if start < self.filled else stop - start

    def regression_draw(self, start: int, stop: int) -> np.ndarray:
        spent = self._regression.batch
        return self._regression.z(start + spent, stop + spent)

    def features(self, drawn: Any) -> np.ndarray:
        if isinstance(drawn, int):
            return np.zeros((drawn, self.space.features), np.float32)
        return super().features(drawn)

    def adjust(self, basis: Basis) -> Basis:
        if self.settings.estimator == "ipca":
            return basis
        return basis._replace(stdev=basis.stdev * np.sqrt((self.rows - 1) / self.rows))

    def latent_directions(self, found: LatentDirections, rng: np.random.RandomState) -> LatentDirections:
        if self.space.latent == "z":
            return super().latent_directions(found, rng)
        z = self.gen.z(n=MEASURED, seed=int(rng.randint(LEGACY_SEEDS)), compat="ganspace")
        w = self.gen.map_rows(z, self.space.labels)
        return found._replace(stdev=_spread(w, found.directions))

    def random_stdevs(self, basis: Basis) -> Optional[np.ndarray]:
        """Over the first 5000 rows that the original still holds: for ipca those are the last block."""
        first = self.rows - self.settings.block if self.settings.estimator == "ipca" else 0
        stop = min(first + MEASURED, self.rows)
        directions = random_directions(
            len(basis.components), self.space.features, np.random.RandomState(SEED_RANDOM)
        )
        parts = []
        for start in range(first, stop, self.settings.block):
            end = min(start + self.settings.block, stop)
            parts.append(self.features(self.draw(start, end)) @ directions.T)
        return np.concatenate(parts).std(axis=0)


def scheme_of(gen: Generator, space: Space, settings: Settings) -> Scheme:
    """The way that the settings ask for."""
    return (OriginalScheme if settings.compat else Scheme)(gen, space, settings)


def _spread(rows: np.ndarray, directions: np.ndarray) -> np.ndarray:
    return (rows.astype(np.float64) @ directions.T).std(axis=0)
