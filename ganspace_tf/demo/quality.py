"""How well a network's pictures cover the drawn world, in numbers.

Everything is measured by the same scorer on both sides, so that its own errors cancel as far as they can.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict

import numpy as np

from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.scorer import BeetleScorer, frechet_distance, measure
from ganspace_tf.errors import UsageError

DRAWINGS_SEED = 2**31 + 2**30  # training and fitting use seeds below 2^31, held-out errors 2^31
RANGE_TOLERANCE = 0.15  # of the range between the drawings' 5 % and 95 % quantiles
SMALLEST_SHARE = 0.5  # of a pattern's share among drawings
PRESENT = worlds.WEAKEST_PATTERN / 2  # a pattern measured stronger than this is there


def quality(scorer: BeetleScorer, pictures: np.ndarray, world: str = "beetles") -> Dict[str, Any]:
    """Compare a network's pictures (N, H, W, 3) uint8 with as many fresh drawings of the world.

    Returns a dict that JSON can hold: `pictures` N; `frechet`, the Fréchet distance of the pictures to the
    drawings in the scorer's feature space, beside `frechet_drawings`, that of two sets of N drawings (the
    least that can be asked for); `quantiles`, for each factor the 5 % and 95 % quantiles of the pictures and
    of the drawings, in the factor's unit, and `off`, the larger of their differences as a share of the
    drawings' range; `kinds`, the shares of plain, striped and spotted beetles; `ranges_covered` and
    `kinds_covered`, whether every factor is off by at most 0.15 and every kind has at least half its share.
    Raises UsageError for fewer than two pictures.
    """
    n = len(pictures)
    if n < 2:
        raise UsageError("quality needs two pictures or more, not %d" % n)
    drawings, others = (
        scene.draw(worlds.sample_factors(n, DRAWINGS_SEED + k), world, pictures.shape[1]) for k in range(2)
    )
    features = scorer.features(drawings)
    seen, drawn = measure(scorer, pictures), measure(scorer, drawings)
    quantiles = OrderedDict((name, _quantiles(seen[name], drawn[name])) for name in worlds.FACTOR_NAMES)
    shares = OrderedDict(
        (kind, {"pictures": share, "drawings": _kinds(drawn)[kind]}) for kind, share in _kinds(seen).items()
    )
    return {
        "pictures": n,
        "frechet": frechet_distance(features, scorer.features(pictures)),
        "frechet_drawings": frechet_distance(features, scorer.features(others)),
        "quantiles": quantiles,
        "kinds": shares,
        "ranges_covered": all(row["off"] <= RANGE_TOLERANCE for row in quantiles.values()),
        "kinds_covered": all(row["pictures"] > SMALLEST_SHARE * row["drawings"] for row in shares.values()),
    }


def _quantiles(seen, drawn):
    ours, theirs = (np.percentile(values, [5, 95]) for values in (seen, drawn))
    return {
        "pictures": ours.tolist(),
        "drawings": theirs.tolist(),
        "off": float(np.abs(ours - theirs).max() / (theirs[1] - theirs[0])),
    }


def _kinds(numbers):
    """Share of each kind of pattern; a beetle with both is counted for the stronger one."""
    striped = (numbers["stripes"] > PRESENT) & (numbers["stripes"] >= numbers["spots"])
    spotted = (numbers["spots"] > PRESENT) & ~striped
    shares = {"plain": ~striped & ~spotted, "stripes": striped, "spots": spotted}
    return OrderedDict((kind, float(shares[kind].mean())) for kind in worlds.PATTERNS)
