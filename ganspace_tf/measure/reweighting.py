"""Latents as if some factors varied less: weights for those of a network, and principal components with them.

The least change of the sample that gives every factor the spread that is asked for: of all weights with these
second moments those of the smallest relative entropy are exp(-sum of a_f x_f^2) (Csiszar 1975). It is another
choice of the same network's latents, and not another network: what the mapping network makes of z, and what
a picture of a latent is, stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganspace_tf.decomposition.spectrum import top_eigenvectors
from ganspace_tf.errors import UsageError

ROUNDS, CLOSE = 100, 1e-6  # of Newton's method; how far a second moment may be from what is asked for


def strengths(numbers: np.ndarray, shares: Any) -> np.ndarray:
    """The a_f (F,) by which `weights` give factors (N, F), in sigmas from their means, second moments of
    `shares` (F,). Raises UsageError where no weights of these rows do.
    """
    squares, wanted = np.square(np.asarray(numbers, np.float64)), np.asarray(shares, np.float64)
    found = np.zeros(len(wanted))
    for _ in range(ROUNDS):
        now = weights(numbers, found)
        short = now @ squares - wanted
        if np.abs(short).max() < CLOSE:
            return found
        centred = squares - now @ squares
        curvature = (centred * now[:, None]).T @ centred + 1e-9 * np.eye(len(wanted))
        step = np.linalg.solve(curvature, short)
        # a whole step overshoots far from the goal; the dual is convex, so a bounded one comes closer
        found = found + step * min(1.0, 0.5 / np.abs(step).max())
    raise UsageError(
        "{} rows cannot be weighted so that their factors have second moments of {}".format(
            len(squares), wanted.round(3).tolist()
        )
    )


def weights(numbers: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Weights (N,), sum 1, of rows with factors (N, F) for the strengths (F,) of `strengths`."""
    logs = -np.square(np.asarray(numbers, np.float64)) @ found
    raw = np.exp(logs - logs.max())
    return raw / raw.sum()


def effective(weight: np.ndarray) -> float:
    """As many unweighted rows as know a mean as well (Kish 1965)."""
    return float(weight.sum() ** 2 / np.square(weight).sum())


def chosen(weight: np.ndarray, count: int, seed: int) -> np.ndarray:
    """`count` different rows, drawn one by one with these weights (N,) (Efraimidis and Spirakis 2006)."""
    keys = np.log(np.random.RandomState(seed).random_sample(len(weight))) / np.maximum(weight, 1e-300)
    return np.argsort(-keys)[:count]


def components_of(rows: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    """The first principal components (count, D), unit rows, of rows (N, D) with weights (N,)."""
    rows, share = np.asarray(rows, np.float64), weight / weight.sum()
    centred = rows - share @ rows
    return top_eigenvectors((centred * share[:, None]).T @ centred, count)[1]
