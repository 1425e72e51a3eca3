"""The drawn worlds as tables: which factors a beetle has, in which units and ranges, and what tells two
worlds apart.

A factor is one number a picture is drawn from. The worlds share every factor, so an edit that makes beetles
larger in one world can be measured in the other; they differ in palette and proportions, one row of `WORLDS`
each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import numpy as np

from ganspace_tf.errors import UnknownName, UsageError


@dataclass(frozen=True)
class Factor:
    """One number a picture is drawn from: uniform in [low, high] unless `sample_factors` says otherwise."""

    name: str
    low: float
    high: float
    unit: str
    meaning: str


FACTORS = (
    Factor("angle", -50.0, 50.0, "degrees", "heading; 0 is head up, positive turns clockwise"),
    Factor("x", -0.06, 0.06, "picture widths", "centre of the body, positive to the right"),
    Factor("y", -0.06, 0.06, "picture heights", "centre of the body, positive downwards"),
    Factor("size", 0.55, 0.74, "picture widths", "length from the front of the head to the tail"),
    Factor("aspect", 0.52, 0.80, "body lengths", "width of the wing cases"),
    Factor("legs", 0.08, 0.20, "body lengths", "how far the feet reach beyond the wing cases"),
    Factor("head", 0.095, 0.155, "body lengths", "radius of the head"),
    Factor("hue", 0.0, 240.0, "degrees", "shell hue: red, yellow, green, blue (plus the world's shift)"),
    Factor("saturation", 0.45, 1.0, "0 to 1", "shell saturation"),
    Factor("brightness", 0.55, 1.0, "0 to 1", "shell value (HSV)"),
    Factor("stripes", 0.0, 1.0, "0 to 1", "strength of three cross bands; 0 on two thirds of the beetles"),
    Factor("spots", 0.0, 1.0, "0 to 1", "strength of six spots; 0 on two thirds of the beetles"),
    Factor("ground_hue", 25.0, 215.0, "degrees", "ground hue: sand, grass, moss, slate"),
    Factor("ground_brightness", 0.40, 0.92, "0 to 1", "ground value (HSV)"),
    Factor(
        "light", -75.0, 75.0, "degrees", "where the light comes from; 0 is the top edge, positive the right"
    ),
    Factor("antennae", 0.10, 0.30, "body lengths", "length of the antennae; correlated with head on purpose"),
    Factor("gloss", 0.0, 1.0, "0 to 1", "strength of the highlight; correlated with saturation on purpose"),
)
FACTOR_NAMES = tuple(factor.name for factor in FACTORS)

# Each of these factors is half another one: (a + b) / 2 of two uniforms correlates with a at 1/sqrt(2) =
# 0.71.
CORRELATED = {"antennae": "head", "gloss": "saturation"}

PATTERNS = ("plain", "stripes", "spots")  # one third of the beetles each
WEAKEST_PATTERN = 0.5  # a pattern that is there is at least this strong, so that the three kinds are distinct


@dataclass(frozen=True)
class World:
    """Palette and proportions shared by every picture of one world. Colours are RGB in [0, 1], lengths body
    lengths.
    """

    name: str
    hue_shift: float  # degrees, added to the factor `hue`
    ground_shift: float  # degrees, added to the factor `ground_hue`
    ground_saturation: float
    pattern_colour: Tuple[float, float, float]
    limb_colour: Tuple[float, float, float]
    collar_shade: float  # brightness of the pronotum relative to the shell
    body_width: float  # multiplies `aspect`
    collar_width: float  # pronotum width relative to the wing cases
    leg_length: float  # multiplies `legs`
    antenna_length: float  # multiplies `antennae`


WORLDS = {
    world.name: world
    for world in (
        World(
            name="beetles",
            hue_shift=0.0,
            ground_shift=0.0,
            ground_saturation=0.30,
            pattern_colour=(0.10, 0.07, 0.07),
            limb_colour=(0.16, 0.12, 0.12),
            collar_shade=0.62,
            body_width=1.0,
            collar_width=0.78,
            leg_length=1.0,
            antenna_length=1.0,
        ),
        World(
            name="kin",
            hue_shift=130.0,
            ground_shift=180.0,
            ground_saturation=0.22,
            pattern_colour=(0.98, 0.95, 0.82),
            limb_colour=(0.36, 0.20, 0.10),
            collar_shade=0.85,
            body_width=0.80,
            collar_width=0.92,
            leg_length=1.35,
            antenna_length=1.7,
        ),
    )
}


def find_world(name: str) -> World:
    """Return the `World` called `name`. Raises UnknownName, listing the worlds that exist."""
    if name not in WORLDS:
        raise UnknownName.among("world", name, WORLDS)
    return WORLDS[name]


def column(name: str) -> int:
    """Return the column of factor `name` in a factor table. Raises UnknownName, listing the factors that
    exist.
    """
    if name not in FACTOR_NAMES:
        raise UnknownName.among("factor", name, FACTOR_NAMES)
    return FACTOR_NAMES.index(name)


def sample_factors(n: int, seed: int = 0) -> np.ndarray:
    """Draw a table of factors, (N, F) float32 with one column for each of `FACTOR_NAMES`.

    Row i depends on (seed, i) alone, so a longer table starts with the shorter one. Every factor is uniform
    in its range but the patterns (one third plain, one third each stripes and spots of strength 0.5 to 1)
    and the two of `CORRELATED`. Raises UsageError for a negative n.
    """
    if n < 0:
        raise UsageError("n must be 0 or more, not %r" % (n,))
    return factors_of(*uniform_shares(n, seed))


def uniform_shares(n: int, seed: int) -> Tuple[np.ndarray, np.ndarray]:
    """What factors are made of: uniform numbers in [0, 1), (n, F) float64, and the index of each beetle's
    pattern in `PATTERNS`, (n,). Row i depends on (seed, i) alone.
    """
    share = np.random.RandomState(seed).random_sample((n, len(FACTORS) + 1))
    kind = np.minimum((share[:, -1] * len(PATTERNS)).astype(int), len(PATTERNS) - 1)
    return share[:, :-1], kind


def factors_of(share: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """The factor table (N, F) float32 for independent shares of every factor's range, (N, F) in [0, 1], and
    patterns (N,): correlations and patterns come in here.
    """
    share = share.copy()
    for name, cause in CORRELATED.items():
        share[:, column(name)] = (share[:, column(name)] + share[:, column(cause)]) / 2
    for name in PATTERNS[1:]:
        strength = WEAKEST_PATTERN + (1 - WEAKEST_PATTERN) * share[:, column(name)]
        share[:, column(name)] = np.where(kind == PATTERNS.index(name), strength, 0.0)
    low = np.array([factor.low for factor in FACTORS])
    high = np.array([factor.high for factor in FACTORS])
    return (low + (high - low) * share).astype(np.float32)
