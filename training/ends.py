"""Show more, or fewer, of the extremes of a factor than the world has of them.

A small generator makes too few narrow and too few wide beetles, however long it learns: the discriminator
seldom meets one. Shown more of them, it asks for more. What a network is compared with afterwards are plain
drawings of the world.
"""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from ganspace_tf.demo import worlds
from ganspace_tf.errors import UsageError

MOST = 10.0  # times that a drawing is chosen as often as without ends
WEAKEST, STRONGEST = -1.5, 10.0  # below, the order of shares would not stay; far above, nothing changes


def strengths(ends: str) -> List[Tuple[int, float]]:
    """The columns of the factors and the strengths of "factor=strength,...".

    Raises UnknownName for a factor that no world has, UsageError for a strength that is not a number from
    -1.5 to 10.
    """
    found = []
    for text in filter(None, ends.split(",")):
        name, _, number = text.partition("=")
        column = worlds.column(name)
        try:
            strength = float(number)
        except ValueError:
            strength = np.nan
        if not WEAKEST <= strength <= STRONGEST:
            raise UsageError(
                "ends must be factor=strength with a strength from %g to %g, not %r"
                % (WEAKEST, STRONGEST, text)
            )
        found.append((column, strength))
    return found


def towards_ends(share: np.ndarray, ends: str) -> np.ndarray:
    """Shares of the factors' ranges (N, F) in [0, 1], with those of some factors moved.

    ends: "factor=strength,...". Strength 0 leaves a factor alone; 1 makes a uniform share u follow the
    arcsine distribution, as sin^2(pi u / 2) does; 2 does so twice, 3 three times; others, down to -1.5,
    where the middle is drawn more often, mix two of these. Raises what `strengths` does.
    """
    share = share.copy()
    for column, left in strengths(ends):
        while left:
            step = min(left, 1.0)
            share[:, column] += step * (np.sin(np.pi / 2 * share[:, column]) ** 2 - share[:, column])
            left -= step
    return share


def density(share: np.ndarray, ends: str, grid: int = 2001) -> np.ndarray:
    """How often `towards_ends` makes these shares (N, F) of even ones, (N,), as a multiple of how often
    even ones are these: the weights to choose with among drawings that were made of even shares, at most 10
    for a factor, so that no drawing is all that is shown. Raises what `strengths` does.
    """
    even = np.repeat(np.linspace(0, 1, grid)[:, None], share.shape[1], axis=1)
    moved, found = towards_ends(even, ends), np.ones(len(share))
    for column, _ in strengths(ends):
        steps = np.maximum(np.diff(moved[:, column]) * (grid - 1), 1 / MOST)
        middles = (moved[1:, column] + moved[:-1, column]) / 2
        found *= np.interp(share[:, column], middles, 1 / steps)
    return found
