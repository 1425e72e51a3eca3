"""Early and late layers: what kind of factor they change, and how fine their changes are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.frequency import mean_frequency
from ganspace_tf.measure.meter import Meter

SMALLEST = 1e-6  # change that ratios are made of, in factor sigmas


def thirds(n_layers: int) -> List[Tuple[int, int]]:
    """The first and the last third of the layers, inclusive; one layer at least."""
    edge = max(1, n_layers // 3)
    return [(0, edge - 1), (n_layers - edge, n_layers - 1)]


class Ends(NamedTuple):
    """The first and the last third of the layers, (2,) each. odds: change of the one group of factors over
    that of the other (root mean squares). cycles: mean spatial frequency of the change, a picture; NaN where
    nothing changes.
    """

    odds: np.ndarray
    cycles: np.ndarray


def ends(
    meter: Meter, w: np.ndarray, comp: Any, count: int, one: Sequence[str], other: Sequence[str]
) -> Ends:
    """Measure the first `count` components on either end of the layers, for two groups of factors."""
    odds, cycles = [], []
    for first, last in thirds(meter.gen.n_layers):
        edits = [Edit(k, first, last) for k in range(count)]
        squares = responses(meter, w, comp, edits).rms ** 2
        sizes = [np.sqrt(squares[:, meter.columns(names)].mean()) for names in (one, other)]
        odds.append(max(sizes[0], SMALLEST) / max(sizes[1], SMALLEST))
        found = np.array([change_frequency(meter, w, comp, edit) for edit in edits])
        cycles.append(found[np.isfinite(found)].mean() if np.isfinite(found).any() else np.nan)
    return Ends(np.array(odds), np.array(cycles))


def change_frequency(meter: Meter, w: np.ndarray, comp: Any, edit: Edit) -> float:
    """Mean spatial frequency, in cycles a picture, of what two sigma of an edit change in latents (N, L, D);
    NaN if no picture changes.
    """
    down, up = (meter.pictures(apply_edits(w, comp, [replace(edit, sigma=sign)])) for sign in (-1.0, 1.0))
    found = mean_frequency(down, up)
    found = found[np.isfinite(found)]
    return float(found.mean()) if len(found) else float("nan")
