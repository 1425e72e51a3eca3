"""Which rows are read in which order, and how sigma is measured: this project's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import numpy as np

from ganspace_tf.decomposition.base import Basis
from ganspace_tf.decomposition.regression import LatentDirections
from ganspace_tf.decomposition.rows import SAMPLINGS, Sample, Space
from ganspace_tf.decomposition.settings import Settings

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


class Scheme:
    """Rows 0 … n of the row-addressed stream; a regression reads them again; sigma comes out of the fit."""

    def __init__(self, gen: Generator, space: Space, settings: Settings):
        self.gen, self.space, self.settings = gen, space, settings
        self.rows = settings.n
        self.regression_rows = settings.n
        self.sample: Sample = SAMPLINGS[settings.sampling](gen, settings.seed, settings.psi)
        # the state after r rows is the same whatever n is, unless rows are read several times
        self.depends_on_n = False

    @property
    def together(self) -> int:
        """How many rows in turn are drawn as one."""
        return self.sample.together

    def rng(self) -> np.random.RandomState:
        """For estimators that draw numbers."""
        return np.random.RandomState(self.settings.seed)

    def draw(self, start: int, stop: int) -> Any:
        """What `features` turns into rows start … stop of the decomposition."""
        return self.sample.z(start, stop)

    def regression_draw(self, start: int, stop: int) -> np.ndarray:
        """Latents of rows start … stop of the regression: (stop - start, latent_size)."""
        return self.sample.z(start, stop)

    def features(self, drawn: Any) -> np.ndarray:
        """(N, F) float32."""
        return self.space.rows(drawn)

    def adjust(self, basis: Basis) -> Basis:
        """The basis with its sigmas in this scheme's convention: here n - 1, as for a sample."""
        return basis

    def latent_directions(self, found: LatentDirections, rng: np.random.RandomState) -> LatentDirections:
        """The directions with one sigma along each: in z it is 1 in any direction."""
        return found._replace(stdev=np.ones(len(found.stdev))) if self.space.latent == "z" else found

    def random_stdevs(self, basis: Basis) -> Optional[np.ndarray]:
        """(K,) spread along random directions, or None where it is not measured."""
        return None
