"""The first rows of a sample: their fourth moments say how well the sample knows its components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ganspace_tf.decomposition.scheme import Scheme

ROWS = 2048  # of independent rows
# Of rows that are drawn in groups, in groups: from 16 the demo network's v0 to v2 ask for 10 % more rows than
# from 64, and for a number that scatters by 22 % rather than 14 %.
LEAST_GROUPS, MOST_GROUPS = 16, 64


def most_rows(together: int) -> int:
    """How many rows are looked at at most, where so many in turn are drawn as one."""
    return ROWS if together == 1 else MOST_GROUPS * together


class FirstRows:
    """The first rows of a scheme, in order; kept as they pass by, or read once more."""

    def __init__(self, scheme: Scheme):
        self.scheme = scheme
        self.together = scheme.together
        most = most_rows(self.together)
        most = min(most, scheme.rows) if self.together == 1 else most
        self._rows = np.empty((most, scheme.space.features), np.float32)
        self._count = 0

    def pass_by(self, start: int, block: np.ndarray) -> None:
        """Keep what is wanted of the rows that begin with row `start`."""
        if start == self._count:
            stop = min(start + len(block), len(self._rows))
            self._rows[start:stop] = block[: stop - start]
            self._count = stop

    def of(self, n: int) -> np.ndarray:
        """What is looked at of a sample of n rows, (m, F): of independent ones those alone; LEAST_GROUPS
        groups, however few the sample has.
        """
        groups = max(LEAST_GROUPS, n // self.together)
        wanted = len(self._rows) if self.together == 1 else min(len(self._rows), groups * self.together)
        if self._count < wanted:
            self.pass_by(self._count, self.scheme.features(self.scheme.draw(self._count, wanted)))
        return self._rows[: min(wanted, n) if self.together == 1 else wanted]
