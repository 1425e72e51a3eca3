"""How well a network's pictures cover the drawn world, in numbers.

Everything is measured by the same scorer on both sides, so that its own errors cancel as far as they can.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, Optional

import numpy as np

from ganspace_tf.demo import scene, species, worlds
from ganspace_tf.demo.scorer import RESOLUTION, BeetleScorer, frechet_distance, measure
from ganspace_tf.errors import UsageError

DRAWINGS_SEED = 2**31 + 2**30  # training and fitting use seeds below 2^31, held-out errors 2^31
RANGE_TOLERANCE = 0.15  # of the range between the drawings' 5 % and 95 % quantiles
SMALLEST_SHARE = 0.5  # of a pattern's share among drawings
SPECIES_TOLERANCE = 0.1  # of the world's range of a factor, beyond a species' own
PRESENT = worlds.WEAKEST_PATTERN / 2  # a pattern measured stronger than this is there


def quality(
    scorer: BeetleScorer, pictures: np.ndarray, world: str = "beetles", labels: Optional[np.ndarray] = None
) -> Dict[str, Any]:
    """Compare a network's pictures (N, H, W, 3) uint8 with as many fresh drawings of the world, or with
    labels (N,) of the same species.

    Returns a dict that JSON can hold: `pictures` N; `frechet`, the Fréchet distance of the pictures to the
    drawings in the scorer's feature space, beside `frechet_drawings`, that of two sets of N drawings (the
    least that can be asked for); `quantiles`, for each factor the 5 % and 95 % quantiles of the pictures and
    of the drawings, in the factor's unit, and `off`, the larger of their differences as a share of the
    drawings' range; `kinds`, the shares of plain, striped and spotted beetles; `ranges_covered` and
    `kinds_covered`, whether every factor is off by at most 0.15 and every kind has at least half its share;
    given labels also `species` (see `species_quality`). Raises UsageError for fewer than two pictures.
    """
    n = len(pictures)
    if n < 2:
        raise UsageError("quality needs two pictures or more, not %d" % n)
    drawings, others = (drawn(n, DRAWINGS_SEED + k, world, pictures.shape[1], labels) for k in range(2))
    features = scorer.features(drawings)
    seen, real = measure(scorer, pictures), measure(scorer, drawings)
    quantiles = OrderedDict((name, _quantiles(seen[name], real[name])) for name in worlds.FACTOR_NAMES)
    kinds, real_kinds = kinds_of(seen), kinds_of(real)
    shares = OrderedDict(
        (kind, {"pictures": float(kinds[kind].mean()), "drawings": float(real_kinds[kind].mean())})
        for kind in worlds.PATTERNS
    )
    found = {
        "pictures": n,
        "frechet": frechet_distance(features, scorer.features(pictures)),
        "frechet_drawings": frechet_distance(features, scorer.features(others)),
        "quantiles": quantiles,
        "kinds": shares,
        "ranges_covered": all(row["off"] <= RANGE_TOLERANCE for row in quantiles.values()),
        "kinds_covered": all(row["pictures"] > SMALLEST_SHARE * row["drawings"] for row in shares.values()),
    }
    if labels is not None:
        found["species"] = species_quality(seen, real, labels)
    return found


def drawn(n: int, seed: int, world: str, resolution: int, labels: Optional[np.ndarray] = None) -> np.ndarray:
    """n drawings (N, R, R, 3) uint8 of a world, or of the species that labels (N,) give; those below 64
    pixels are drawn at 64 and averaged, as the networks saw them.
    """
    if labels is None:
        factors = worlds.sample_factors(n, seed)
    else:
        factors = species.sample_factors(labels, seed)
    size = max(resolution, RESOLUTION)
    return scene.averaged(scene.draw(factors, world, size), resolution)


def species_quality(seen: Dict[str, Any], drawings: Dict[str, Any], labels: np.ndarray) -> Dict[str, Any]:
    """For each species, of what was measured on pictures and on drawings (factor → (N,)) with these labels
    (N,): `within`, the share that has the species' pattern and lies in all of its ranges, or outside by at
    most a tenth of the world's range; `recognised`, the share that is nearer to it than to any other species.
    """
    rows: Dict[str, Any] = OrderedDict()
    sides = {"pictures": outside(seen), "drawings": outside(drawings)}
    for label, name in enumerate(species.NAMES):
        its = {side: table[labels == label] for side, table in sides.items()}
        rows[name] = {
            "within": {s: float((t[:, label] <= SPECIES_TOLERANCE).mean()) for s, t in its.items()},
            "recognised": {s: float((t.argmin(axis=1) == label).mean()) for s, t in its.items()},
        }
    return rows


def outside(numbers: Dict[str, Any]) -> np.ndarray:
    """How far measured beetles are from every species, (N, species): the largest distance of a factor from
    the species' range, as a share of the world's range; at least 1 for another pattern.
    """
    kinds = kinds_of(numbers)
    table = np.zeros((len(numbers["angle"]), len(species.SPECIES)))
    for row, one in zip(table.T, species.SPECIES):
        row[~kinds[one.pattern]] = 1
        for name, (low, high) in one.ranges.items():
            factor, values = worlds.FACTORS[worlds.column(name)], numbers[name]
            away = np.maximum(low - values, values - high) / (factor.high - factor.low)
            np.maximum(row, away, out=row)
    return table


def _quantiles(seen, drawn):
    ours, theirs = (np.percentile(values, [5, 95]) for values in (seen, drawn))
    return {
        "pictures": ours.tolist(),
        "drawings": theirs.tolist(),
        "off": float(np.abs(ours - theirs).max() / (theirs[1] - theirs[0])),
    }


def kinds_of(numbers: Dict[str, Any]) -> Dict[str, np.ndarray]:
    """Which beetles are of each kind of pattern, kind → (N,) bool; one with both patterns counts for the
    stronger.
    """
    striped = (numbers["stripes"] > PRESENT) & (numbers["stripes"] >= numbers["spots"])
    spotted = (numbers["spots"] > PRESENT) & ~striped
    return {"plain": ~striped & ~spotted, "stripes": striped, "spots": spotted}
