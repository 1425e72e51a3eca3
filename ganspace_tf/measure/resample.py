"""Fix some coordinates of a latent and randomise the others (GANSpace figure 4, re-figure 3)."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import numpy as np

from ganspace_tf.measure.meter import Meter


def resample(base: np.ndarray, others: np.ndarray, comp: Any, count: int, fix: bool) -> np.ndarray:
    """Latents with the base's coordinates along the first `count` directions and the others' elsewhere
    (fix), or the reverse (randomise).

    base: (L, D). others: (M, L, D). The directions, unit rows, are made orthogonal first, as random ones are
    not. Equals exchanging coordinates in any full basis that starts with these. Returns (M, L, D) float32.
    """
    directions = np.asarray(comp.directions, np.float64)[:count]
    axes = np.linalg.qr(directions.T)[0]  # (D, count)
    kept, taken = (others, base[None]) if fix else (base[None], others)
    moved = kept + ((taken - kept) @ axes) @ axes.T
    return moved.astype(np.float32)


class Separation(NamedTuple):
    """How far two groups of factors move when the first directions are randomised, and when the rest is.

    Each number is the root mean square change over the group's factors, in factor sigmas. ratio: how much
    more of the one group the first directions hold than of the other, (first.one/first.other) /
    (rest.one/rest.other); 1 for directions that hold both alike.
    """

    first: np.ndarray  # (2,) groups one and other, the first directions randomised
    rest: np.ndarray  # (2,) the first directions fixed, everything else randomised
    ratio: float


def separation(
    meter: Meter, w: np.ndarray, comp: Any, count: int, one: Sequence[str], other: Sequence[str]
) -> Separation:
    """Measure the separation of two groups of factors by the first `count` directions.

    w: (N, L, D); every latent is resampled with the next one's coordinates. 3 N pictures.
    """
    before = meter.factors(w)
    moved = []
    for fix in (False, True):
        swapped = [resample(w[i], w[i - 1 : i] if i else w[-1:], comp, count, fix)[0] for i in range(len(w))]
        change = meter.factors(np.stack(swapped)) - before
        moved.append([np.sqrt((change[:, meter.columns(names)] ** 2).mean()) for names in (one, other)])
    first, rest = np.maximum(moved, 1e-9)
    return Separation(first, rest, float((first[0] / first[1]) / (rest[0] / rest[1])))
