"""Layer-wise style mixing: some layers take the latents of one picture, the others those of another."""

from __future__ import annotations

from typing import NamedTuple, Sequence

import numpy as np

from ganspace_tf.measure.layers import thirds
from ganspace_tf.measure.meter import Meter

SMALLEST = 1e-6  # change that ratios are made of, in factor sigmas


class Mixing(NamedTuple):
    """Change of two groups of factors, root mean squares in factor sigmas. by_kept: (L+1, 2) where the first
    k latents are kept and all others replaced, k = 0 … L. odds: (2,) change of the first group over that of
    the second where the first third of the latents is replaced, and where the last third is.
    """

    by_kept: np.ndarray
    odds: np.ndarray

    def kept(self, count: int) -> np.ndarray:
        """(2,) share of each group's change that keeping the first `count` latents prevents."""
        return 1 - self.by_kept[count] / np.maximum(self.by_kept[0], SMALLEST)


def mixing(meter: Meter, w: np.ndarray, one: Sequence[str], other: Sequence[str]) -> Mixing:
    """Measure it on latents w (N, L, D): each takes the latents of the one before. (L + 3)·N pictures."""
    before, donor, layers = meter.factors(w), np.roll(w, 1, axis=0), w.shape[1]

    def change(first: int, stop: int) -> np.ndarray:
        mixed = w.copy()
        mixed[:, first:stop] = donor[:, first:stop]
        squares = (meter.factors(mixed) - before) ** 2
        return np.array([np.sqrt(squares[:, meter.columns(names)].mean()) for names in (one, other)])

    by_kept = np.stack([change(k, layers) for k in range(layers)] + [np.zeros(2)])
    ends = np.maximum([change(first, last + 1) for first, last in thirds(layers)], SMALLEST)
    return Mixing(by_kept, ends[:, 0] / ends[:, 1])
