"""What each of several directions does to each factor: a row a direction, a column a factor."""

from __future__ import annotations

from typing import List, Sequence

import numpy as np

from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.measure.effects import Response, responses_to
from ganspace_tf.measure.meter import Meter

SHOWN = 6  # columns of a table for people


def effects_of(
    meter: Meter, w: np.ndarray, directions: Sequence[NamedDirection], size: float = 1.0
) -> Response:
    """`effects.responses` of directions of any kind: change of each factor for one sigma, on w (N, L, D)."""
    moves = [(direction.components(), direction.edits()) for direction in directions]
    return responses_to(meter, w, moves, size, any_basis=True)


def as_table(names: Sequence[str], factors: Sequence[str], response: Response) -> List[str]:
    """Lines: the factors that change most in any row, signed, and what else changes in all (root of the sum
    of mean squares), in factor sigmas for one sigma.
    """
    strongest = np.abs(response.mean).max(axis=0)
    columns = np.sort(np.argsort(-strongest, kind="stable")[:SHOWN])
    heads = [factors[k] for k in columns] + ["all else"]
    rest = np.sqrt(np.maximum(response.total() ** 2 - (response.rms[:, columns] ** 2).sum(axis=1), 0))
    wide = max(len(name) for name in names)
    lines = [" " * wide + "".join("  {:>8}".format(head) for head in heads)]
    for row, name in enumerate(names):
        cells = ["{:+.2f}".format(response.mean[row, k]) for k in columns] + ["{:.2f}".format(rest[row])]
        lines.append(
            name.ljust(wide)
            + "".join("  {:>{}}".format(cell, max(8, len(head))) for cell, head in zip(cells, heads))
        )
    return lines
