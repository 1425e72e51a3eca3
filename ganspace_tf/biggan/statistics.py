"""Batch-norm statistics for a truncation: row i of a table with R rows belongs to truncation i / (R - 1)."""

from __future__ import annotations

import math
import numbers
from typing import List, NamedTuple, Optional

import numpy as np

from ganspace_tf.errors import UnknownName, UsageError

SNAP = 1e-4  # rows: a truncation this close to a row means the row (0.58 / 0.02 is not 29 in binary)
RULES = ("linear", "ganspace")


class Mix(NamedTuple):
    """table[low] * (1 - share) + table[low + 1] * share; with share 0 the row above is not touched."""

    low: int
    share: float

    def of(self, table: np.ndarray) -> np.ndarray:
        """The statistics (C,) float32 from a table (R, C)."""
        if self.share == 0:
            return table[self.low]
        share = np.float32(self.share)
        return table[self.low] * (np.float32(1) - share) + table[self.low + 1] * share


def check_truncation(psi: Optional[float]) -> float:
    """psi as a float; None means 1. Raises UsageError outside (0, 1]."""
    if psi is None:
        return 1.0
    if isinstance(psi, (bool, np.bool_)) or not isinstance(psi, numbers.Real) or not 0 < float(psi) <= 1:
        text = "truncation psi={!r} is not allowed; BigGAN-deep takes a number above 0 and up to 1"
        raise UsageError(text.format(psi))
    return float(psi)


def mix(psi: float, n_rows: int, rule: str = "linear") -> Mix:
    """Which rows make up the statistics of a truncation.

    psi: above 0, up to 1; n_rows: of the tables; rule: "linear", interpolation as it is meant, or "ganspace",
    what the PyTorch port does: the share of the upper row goes to the lower one, wherever psi * (n_rows - 1)
    is not a whole number to the last bit (so the two rules agree on rows and half-way between them, and 0.14,
    0.28, 0.56, 0.58 and 0.94 get a neighbour of their row).
    """
    position = psi / (1.0 / (n_rows - 1))
    if rule == "ganspace":
        share, low = math.modf(position)
        return Mix(int(low), 0.0 if share == 0 else 1.0 - share)
    if rule != "linear":
        raise UnknownName.among("rule for statistics", rule, RULES)
    nearest = round(position)
    if abs(position - nearest) < SNAP:
        return Mix(int(nearest), 0.0)
    return Mix(int(position), position - int(position))


def interpolated(tables: List[np.ndarray], chosen: Mix) -> np.ndarray:
    """The statistics of several batch norms one after another, (sum of C,) float32."""
    return np.concatenate([chosen.of(table) for table in tables])
