"""What the first directions hold: some coordinates fixed, the others randomised (GANSpace figure 4)."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

import numpy as np

from ganspace_tf.directions.resample import resample
from ganspace_tf.measure.meter import Meter


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
