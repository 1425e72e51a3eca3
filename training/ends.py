"""Show more, or fewer, of the extremes of a factor than the world has of them.

A small generator makes too few narrow and too few wide beetles, however long it learns: the discriminator
seldom meets one. Shown more of them, it asks for more. What a network is compared with afterwards are plain
drawings of the world.
"""

from __future__ import annotations

import numpy as np

from ganspace_tf.demo import worlds


def towards_ends(share: np.ndarray, ends: str) -> np.ndarray:
    """Shares of the factors' ranges (N, F) in [0, 1], with those of some factors moved.

    ends: "factor=strength,...". Strength 0 leaves a factor alone; 1 makes a uniform share u follow the
    arcsine distribution, as sin^2(pi u / 2) does; 2 does so twice, 3 three times; others, down to -1.5,
    where the middle is drawn more often, mix two of these. Raises UnknownName for a factor that no world has.
    """
    share = share.copy()
    for text in filter(None, ends.split(",")):
        name, strength = text.split("=")
        column, left = worlds.column(name), float(strength)
        while left:
            step = min(left, 1.0)
            share[:, column] += step * (np.sin(np.pi / 2 * share[:, column]) ** 2 - share[:, column])
            left -= step
    return share
