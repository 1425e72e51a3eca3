"""BigGAN's latents: a normal distribution cut at -2 and 2, times the truncation."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from ganspace_tf import sampling

BOUND = 2.0
VARIANCE = 0.7737413  # of one number at truncation 1: 1 - 4 phi(2) / (2 Phi(2) - 1)


def _from_uniform(u: np.ndarray) -> np.ndarray:
    """Quantiles of uniform numbers, float64 → float32: to the bit what SciPy's truncnorm.rvs(-2, 2) makes of
    them (the same in SciPy 1.4 to 1.17)."""
    low, high = ndtr(-BOUND), ndtr(BOUND)
    return ndtri(low + u * (high - low)).astype(np.float32)


def legacy_rows(seed: int, n: int, width: int, psi: float = 1.0) -> np.ndarray:
    """n rows of one draw from `RandomState(seed)`, (n, width) float32, then times psi in float32: what the
    published demos and GANSpace draw."""
    return _from_uniform(np.random.RandomState(seed).random_sample((n, width))) * np.float32(psi)


def seed_rows(seeds: Sequence[int], width: int, psi: float = 1.0) -> np.ndarray:
    """One row per seed: the first row that this seed gives. (len(seeds), width) float32."""
    return np.concatenate([legacy_rows(seed, 1, width, psi) for seed in seeds])


def normal_rows(seed: int, start: int, stop: int, width: int, psi: float = 1.0) -> np.ndarray:
    """Rows start … stop of the row-addressed stream, (stop - start, width) float32: row i depends on (seed,
    i) alone. The normal numbers of `sampling.normal_rows` are moved to the same quantile of the cut
    distribution."""
    u = ndtr(sampling.normal_rows(seed, start, stop, width).astype(np.float64))
    return _from_uniform(u) * np.float32(psi)
