"""Seeds become latents. Row i of a sample depends on (seed, i) alone."""

from __future__ import annotations

from typing import Sequence

import numpy as np


def seed_rows(seeds: Sequence[int], width: int) -> np.ndarray:
    """One row per seed as published seeds mean it, (len(seeds), width) float32:
    `RandomState(seed).standard_normal`."""
    return np.stack([np.random.RandomState(seed).standard_normal(width).astype(np.float32) for seed in seeds])


def ganspace_rows(seed: int, n: int, width: int) -> np.ndarray:
    """n rows of one legacy draw, as GANSpace draws a batch: (n, width), float64 draws rounded to float32."""
    return np.random.RandomState(seed).standard_normal(n * width).reshape(n, width).astype(np.float32)
