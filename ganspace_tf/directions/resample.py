"""Fix some coordinates of a latent and randomise the others (GANSpace figure 4)."""

from __future__ import annotations

from typing import Any

import numpy as np


def resample(base: np.ndarray, others: np.ndarray, comp: Any, count: int, fix: bool) -> np.ndarray:
    """Latents with the base's coordinates along the first `count` directions and the others' elsewhere
    (fix), or the reverse (randomise).

    base: (L, D). others: (M, L, D). comp: anything with `directions` (K, D), unit rows; they are made
    orthogonal first, as random ones are not. Equals exchanging coordinates in any full basis that starts
    with these. Returns (M, L, D) float32.
    """
    directions = np.asarray(comp.directions, np.float64)[:count]
    axes = np.linalg.qr(directions.T)[0]  # (D, count)
    kept, taken = (others, base[None]) if fix else (base[None], others)
    moved = kept + ((taken - kept) @ axes) @ axes.T
    return moved.astype(np.float32)
