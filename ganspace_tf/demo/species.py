"""Species of the drawn world: classes for class-conditional networks, one row of `SPECIES` each.

A species is a restriction of factors: a pattern that all of its beetles have, and narrower ranges of some
factors. Everything else varies as it does in the whole world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Tuple

import numpy as np

from ganspace_tf.demo import worlds
from ganspace_tf.errors import UnknownName, UsageError

Range = Tuple[float, float]


@dataclass(frozen=True)
class Species:
    """name; pattern: one of `worlds.PATTERNS`; ranges: factor → (low, high) in its unit, for independent
    factors only (a correlated one follows its cause).
    """

    name: str
    pattern: str
    ranges: Mapping[str, Range]


SPECIES = (
    Species(
        "ladybird",
        "spots",
        {"hue": (0, 14), "saturation": (0.8, 1), "aspect": (0.7, 0.8), "size": (0.55, 0.62)},
    ),
    Species("tiger", "spots", {"hue": (75, 110), "aspect": (0.52, 0.60), "legs": (0.16, 0.20)}),
    Species("rosalia", "spots", {"hue": (190, 218), "aspect": (0.52, 0.60), "head": (0.135, 0.155)}),
    Species("wasp", "stripes", {"hue": (46, 66), "brightness": (0.8, 1), "aspect": (0.52, 0.60)}),
    Species("burying", "stripes", {"hue": (8, 30), "aspect": (0.66, 0.78), "size": (0.66, 0.74)}),
    Species("harlequin", "stripes", {"hue": (215, 240), "aspect": (0.62, 0.74)}),
    Species(
        "stag",
        "plain",
        {"hue": (0, 25), "brightness": (0.55, 0.66), "head": (0.14, 0.155), "size": (0.68, 0.74)},
    ),
    Species("chafer", "plain", {"hue": (105, 140), "aspect": (0.68, 0.80)}),
    Species("jewel", "plain", {"hue": (150, 185), "saturation": (0.8, 1), "aspect": (0.52, 0.60)}),
)
NAMES = tuple(species.name for species in SPECIES)


def find(name: str) -> int:
    """Class index of a species. Raises UnknownName, listing those that exist."""
    if name not in NAMES:
        raise UnknownName.among("species", name, NAMES)
    return NAMES.index(name)


def sample_factors(labels: Any, seed: int = 0) -> np.ndarray:
    """Factors of beetles of given species, (N, F) float32 as `worlds.sample_factors` gives them.

    labels: (N,) class indices. Row i depends on its label and (seed, i) alone. Raises UsageError for a label
    that is no species.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise UsageError(
            "labels must be whole numbers of shape (N,), not %s %r" % (labels.dtype, labels.shape)
        )
    bad = (labels < 0) | (labels >= len(SPECIES))
    if bad.any():
        raise UsageError("species %d is outside 0 … %d" % (labels[bad][0], len(SPECIES) - 1))
    low, high = (table[labels] for table in _limits())
    share = worlds.uniform_shares(len(labels), seed)[0]
    kinds = np.array([worlds.PATTERNS.index(species.pattern) for species in SPECIES])
    return worlds.factors_of(low + (high - low) * share, kinds[labels])


def _limits() -> Tuple[np.ndarray, np.ndarray]:
    """Lowest and highest share of each factor's range, (species, F) each."""
    low, high = np.zeros((len(SPECIES), len(worlds.FACTORS))), np.ones((len(SPECIES), len(worlds.FACTORS)))
    for row, species in enumerate(SPECIES):
        for name, limits in species.ranges.items():
            factor, column = worlds.FACTORS[worlds.column(name)], worlds.column(name)
            low[row, column], high[row, column] = (
                (limit - factor.low) / (factor.high - factor.low) for limit in limits
            )
    return low, high
