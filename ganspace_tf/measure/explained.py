"""How much of what varies a few directions hold: of the latents, and of the factors of the pictures."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ganspace_tf.errors import UsageError


def coordinates(comp: Any, w: np.ndarray) -> np.ndarray:
    """Latents (N, D), or (N, L, D) of which the first layer counts, as coordinates (N, K) in sigmas."""
    rows = w[:, 0] if w.ndim == 3 else w
    stdev = np.maximum(np.asarray(comp.stdev, np.float64), 1e-12)
    return (rows - np.asarray(comp.mean, np.float64)) @ np.asarray(comp.directions, np.float64).T / stdev


def explained_factor_variance(
    coords: np.ndarray, factors: np.ndarray, counts: Sequence[int], folds: int = 2
) -> np.ndarray:
    """Share of each factor's variance that a linear function of the first k coordinates foretells.

    coords: (N, K); factors: (N, F), the same rows; counts: values of k. Returns (len(counts), F) in 0 … 1:
    R² on rows that the fit did not see (`folds` fits, each foretelling its own part), so that more
    coordinates are no advantage in themselves. Raises UsageError if a fit would have fewer rows than numbers
    to find.
    """
    coords, factors = np.asarray(coords, np.float64), np.asarray(factors, np.float64)
    N, most = len(coords), max(counts)
    if N - -(-N // folds) < most + 2 or most > coords.shape[1]:
        raise UsageError(
            "{} rows of {} coordinates are too few to explain factors by {} of them".format(
                N, coords.shape[1], most
            )
        )
    shares = []
    for count in counts:
        inputs = np.concatenate([coords[:, :count], np.ones((N, 1))], axis=1)
        residual = np.empty_like(factors)
        for fold in range(folds):
            held = np.arange(N) % folds == fold
            weights = np.linalg.lstsq(inputs[~held], factors[~held], rcond=None)[0]
            residual[held] = factors[held] - inputs[held] @ weights
        variance = np.maximum(factors.var(axis=0), 1e-12)
        shares.append(1 - (residual**2).mean(axis=0) / variance)
    return np.clip(shares, 0, 1)


def spectrum(latents: np.ndarray) -> np.ndarray:
    """Variance of latents (N, D) along each of their D principal axes, largest first."""
    covariance = np.cov(np.asarray(latents, np.float64), rowvar=False)
    return np.maximum(np.linalg.eigvalsh(np.atleast_2d(covariance))[::-1], 0)


def needed_for(variances: np.ndarray, share: float) -> int:
    """How many of the variances, in their order, hold this share of their sum."""
    held = np.cumsum(variances) / np.sum(variances)
    return int(np.searchsorted(held, share - 1e-12) + 1)
